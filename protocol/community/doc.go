// Package community is the place where a market meets.
//
// A community is named by the id of its founding record: its creator says once, to
// everybody, what it is called, which top categories it has, and who its first steward
// is. Gossip topics and the DHT's prefix derive from the id, so nobody else's do. An
// invite carries the id and a few roads to a steward; whoever has it asks for the
// founding record, and knows by the id that it is the right one.
//
// Members ask a steward by /byway/steward/1, one ask a request:
//
//	asked       of a steward                              answer
//	founding    the founding record                       the whole record
//	cast        publish this cast or withdrawal           nothing, or why not
//	directory   the cards since a cursor, of one top      up to MaxPage cards, the next cursor, whether there are more
//	live        the live casts since a cursor, likewise   up to MaxPage casts, likewise
//	card        take my card into the directory           nothing, or why not
//
// There is no state here: cards and casts are kept by who implements Directory and Casts.
//
// Bounds: those at the top of community.go and steward.go. SPEC.md rules on the formats.
package community

//go:generate go test -run ^TestVectorsAreCurrent$ -update
