// Package resume brings back what one side of a relationship lost.
//
// A party that was put back to an older copy of what it kept, or whose disk lost something,
// begins a new epoch: its first statement there, to each counterparty, is a resume, which
// says how far it knows both sides of the chain. The counterparty answers with every
// whole record of the relationship that the other may miss, and takes nothing more that
// was said in an earlier epoch and isn't known to the party that resumed. An ask wants single
// places or records back, within an epoch. SPEC.md rules on the messages.
//
// What one side makes of the other's claims, R being the first resume of an epoch:
//
//	claim                            | what is kept            | answer
//	---------------------------------+-------------------------+---------------------------
//	R, its epoch above all held      | R                       | pages of what may be missed
//	R again, same bytes              | nothing                 | the same pages
//	another resume of R's epoch      | both: a clone           | R, and that it is a clone
//	a resume of an earlier epoch     | nothing                 | R, and that it is a clone
//	an ask of the epoch reached      | the ask                 | pages of what it names
//	an ask of an earlier epoch       | nothing                 | R, and that it is a clone
//
// Only who holds the key of the relationship reads an answer: it is sealed to a key that a
// fresh proof, signed by that key, names.
//
// Bounds: a request of 16 KiB, pages of 256 KiB, 64 spans of places a side and 64 ids a claim;
// 16 contradictions are kept a relationship.
package resume

//go:generate go test -run VectorsAreCurrent$ -update
