// Package inbox is what the owner of a node should look at.
//
// It reads the store's feed of entries and says of each in plain words what happened;
// what waits for her decision comes with the command that answers it. It keeps nothing
// of its own: the feed is the truth, and an item's cursor is its place in the feed; the listing
// remembers which entries wait.
package inbox
