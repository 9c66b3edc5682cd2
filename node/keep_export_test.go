package node

import "slices"

// Accounted reports whether a file of a node's folder is backed up, or left out on purpose.
func Accounted(name string) bool { return slices.Contains(backedUp, name) || leftOut[name] != "" }

// MissingIn says in which relationships something isn't here.
var MissingIn = missingIn

// CheckedStore says what a check of the store came to.
var CheckedStore = checkedStore
