// Package category names what things are by short paths of plain words, from the general to the particular.
package category
