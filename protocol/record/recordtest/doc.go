// Package recordtest is what the tests of packages that read or sign records share.
//
// Named actors: Signer("alice") is the same key in every test and vector file.
// Vectors: one text file a scenario, written by a small program of the package that
// owns the format, read by its tests. Fuzzing: RoundTrip is the one harness of every
// decoder in the tree. Only tests and programs that make vectors import it.
package recordtest
