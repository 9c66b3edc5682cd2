// Package sheet reads the rows of a price list out of the files in which shops keep them.
//
// A row is what the file says, cleaned of the file's own dressing (quotes, entities, vocabularies' prefixes) and not yet judged:
// package catalog decides which rows can be sold. What can't be read is refused whole, with the line.
package sheet
