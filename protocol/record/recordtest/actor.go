package recordtest

import (
	"crypto/sha256"

	"github.com/bywaynet/byway/protocol/record"
)

// Seed returns the RFC 8032 seed of a named actor: the sha256 of "byway test actor "
// and the name. Known to everybody, so for tests alone.
func Seed(name string) [32]byte { return sha256.Sum256([]byte("byway test actor " + name)) }

// Signer returns the signer of a named actor, such as "alice", "bob" or "the
// bakery": the same key for the same name, always. It can't fail: every seed has a key.
func Signer(name string) record.Signer {
	s, err := record.NewSigner(Seed(name))
	if err != nil {
		return nil
	}
	return s
}

// Key returns the public key of a named actor.
func Key(name string) record.Key { return Signer(name).Key() }
