// Package record is the signed statement: exact bytes, who must sign them, who did.
//
// A statement is fixed-layout, length-prefixed bytes that name their type, their
// signers (role and key, in order), their recipient (a key, or open to all), the
// place in the chain of the relationship, and a payload kept exactly as made. A
// record is a statement with signatures. A record's id is the CIDv1 of its
// statement, so the id binds the signers and the recipient; the signatures come
// and go without changing it. SPEC.md rules on the layout.
//
// Nothing is acted on before it passed Verify, and what passed it has a type of
// its own: Verified.
//
// Bounds: a statement is at most MaxStatement bytes, with at most MaxSigners
// signers; a whole record at most MaxRecord bytes.
package record

//go:generate go run ./internal/makevectors
