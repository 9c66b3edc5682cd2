// Package evidence is one file that proves one agreement.
//
// A bundle holds the records of the agreement's thread, the offer that it took with the
// taking and the cast in it, the roster that lists its terms, and what else the two parties said
// to each other up to there: whole records, in one order, with a checksum at the end. It
// has no times and no view of its own, so both sides make the same file of the same records.
//
// New makes one, Parse reads one, and Select finds what belongs in. Agreement is what the thread in it
// amounts to, by package agreement, Faults what is missing or contradicts itself. Difference says in plain
// words where two copies differ. What a bundle proves, and what it can't, is in SPEC.md.
package evidence
