// Package profile is the signed card of an organisation.
//
// An organisation says to everybody what it is called, by which roads it is reached,
// which protocols it speaks, which terms it accepts, and what it deals in. A card is
// the open statement profile.card, signed by the organisation's one public key, and is
// believed only under that key. Its name is a claim: nobody checked it.
//
// What one holds of an organisation is a function of the set of its cards:
//
//	cards held                                  shown
//	none                                        nothing
//	one of the highest sequence                 that card
//	several of the highest sequence (a fork)    the one with the smallest id, the others as forks
//	cards of lower sequences                    nothing: they are replaced
//
// Bounds: a whole card is at most MaxRecord bytes and lives at most MaxLife. SPEC.md
// rules on the format.
package profile

//go:generate go test -run ^TestVectorsAreCurrent$ -update
