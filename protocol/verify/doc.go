// Package verify is a second reader of records, bundles of evidence included.
//
// It is for who holds a file and trusts nobody: small enough to be read in an afternoon, on Go's standard library alone, written from the
// SPEC.md of record, agreement, terms, offer and evidence, and sharing no line with what a node runs on. It refuses what isn't whole and
// unchanged, and says what the rest proves.
package verify

import "errors"

// Why a file is refused. Match with errors.Is; the text around says where.
var (
	ErrMalformed  = errors.New("malformed")                     // not the one valid form of what it says it is
	ErrTooLarge   = errors.New("too large")                     // over a bound of the format
	ErrVersion    = errors.New("unknown version")               // a newer program may know it
	ErrKey        = errors.New("key refused")                   // not canonical Ed25519 of large order: it proves nothing
	ErrSigner     = errors.New("signer not listed in order")    // by a key or role that the statement doesn't list
	ErrIncomplete = errors.New("incomplete")                    // nobody signed it
	ErrDelegation = errors.New("delegation refused")            // who signed for another key wasn't allowed to
	ErrSignature  = errors.New("signature doesn't verify")      // what is said was changed, or never signed by that key
	ErrConflict   = errors.New("records don't belong together") // a bundle of what nobody honest holds together
)
