// Package store is what a party keeps on its own disk.
//
// It holds entries (records and local notes) by subject, the head of each
// relationship's chain, a feed of all that was appended, and rows of small tables. A
// write returns once it is synced to disk, or not at all: what was acknowledged is
// there after a crash. The store interprets nothing; protocols fold entries into
// state. DB keeps them in Badger, Memory in maps, and storetest has the contract that
// both pass. keys.go lays out every key.
package store
