// Package store is what a party keeps on its own disk.
//
// It holds entries (records and local notes) by subject, the head of each
// relationship's chain, a feed of all that was appended, and rows of small tables. A
// write returns once it is synced to disk, or not at all: what was acknowledged is
// there after a crash, or its loss is said. The store interprets nothing; protocols fold
// entries into state.
//
// DB keeps two trails of sealed entries: the log, for ever, and the spool, until they are done with.
// FORMAT.md rules on their bytes, and a Badger database is the index of both, which follows
// them and can be made again; keys.go lays out its keys. What goes where:
//
//   - A caller's goroutine checks a write, seals what the trails will hold of it, and queues it.
//   - One goroutine (funnel, flight) takes what waits, and decides each over what was decided before (batch,
//     known, written), as long as another is under way with that: it adds what stands to the trails with one
//     sync each (journal), shows it to readers (overlay), and only then tells the callers.
//   - A third (indexer) brings it into the index, later, unsynced, when nobody writes, while there is room on
//     the disk. The rows that follow from a write (change) are made by it, or by who reads first.
//   - A start (opening) reads every byte of the trails, replays what the index lacks, says what isn't as
//     it was written (Finding), and adds again what the index still has of it.
//
// Memory keeps the same in maps, and storetest has the contract that both pass.
package store
