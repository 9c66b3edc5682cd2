// Package catalog holds an organisation's price list so that an intention finds its items at once.
//
// A shop imports a file it already has (CSV, or the schema.org JSON-LD of its pages). Import yields a List, which never changes;
// a Catalog swaps one list for the next, whole, under whoever is matching. A Wish is what of an intention bears on a price list.
// SPEC.md says which files are read, which rows are left out, and how matches rank.
//
// Every bound is a constant here or in package sheet, which takes files apart. Nothing in either opens a file or a connection.
package catalog
