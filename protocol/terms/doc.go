// Package terms is the roster of standard-form agreements that parties can bind each other by.
//
// A roster is a signed record (type terms.roster) of rows. A row has an id such as
// "SD-BASE", a line of our own in plain words, clauses that a machine can read, and
// the URI of its source (IEEE 7012, by the W3C's Data Privacy Vocabulary). It never
// has the legal text: it names that by hash. A Ref names one row exactly, and is what
// an agreement carries.
//
// Two rules read every row: prohibition beats permission, and what is not named is
// prohibited. Default returns the roster that ships with the program, Load any other
// that passed record's verify gate.
//
// Bounds: a roster holds at most MaxRows rows of at most MaxClauses clauses; its texts
// are bounded by the constants in terms.go. SPEC.md rules on the format.
package terms
