package form

import (
	"errors"
	"fmt"

	"github.com/bywaynet/byway/protocol/record"
)

// What a form refuses besides record's own errors. Don't act on the record, nor ask for it again.
var (
	// ErrType: a statement of another type than the one that is read here.
	ErrType = errors.New("another type of statement")
	// ErrText: a text that is too long, missing, or not plain.
	ErrText = errors.New("text refused")
)

// Form is what holds for all statements of one type.
type Form struct {
	Type record.Type
	// Version is the one version of the payload that is known.
	Version uint8
	// Roles are the signers' roles, in order.
	Roles []record.Role
	// Open says that it has no recipient; otherwise it has one.
	Open bool
	// MaxRecord is the largest whole record, in bytes.
	MaxRecord int
}

// Check returns nil where r has the form f, signed by each of its signers. Errors:
// ErrType, record.ErrVersion, record.ErrTooLarge, record.ErrSigner for other roles,
// record.ErrRecipient where it has a recipient or none, record.ErrIncomplete.
func (f Form) Check(r record.Record) error {
	s := r.Statement()
	switch {
	case s.Type() != f.Type:
		return fmt.Errorf("%w: %q, want %q", ErrType, s.Type(), f.Type)
	case s.Version() != f.Version:
		return fmt.Errorf("%w: %s %d, this code knows %d", record.ErrVersion, f.Type, s.Version(), f.Version)
	case len(r.Bytes()) > f.MaxRecord:
		return fmt.Errorf("%w: %s of %d bytes, at most %d", record.ErrTooLarge, f.Type, len(r.Bytes()), f.MaxRecord)
	case len(s.Signers()) != len(f.Roles):
		return fmt.Errorf("%w: %s with %d signers, want %d", record.ErrSigner, f.Type, len(s.Signers()), len(f.Roles))
	}
	for i, signer := range s.Signers() {
		if signer.Role != f.Roles[i] {
			return fmt.Errorf("%w: %s signed as %s, want %s", record.ErrSigner, f.Type, signer.Role, f.Roles[i])
		}
	}
	switch {
	case f.Open != s.Recipient().IsZero():
		return fmt.Errorf("%w: %s is open: %t", record.ErrRecipient, f.Type, f.Open)
	case !r.Complete():
		return fmt.Errorf("%w: %s isn't signed by all", record.ErrIncomplete, f.Type)
	}
	return nil
}
