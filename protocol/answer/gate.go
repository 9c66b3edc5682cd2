package answer

import (
	"errors"

	"github.com/bywaynet/byway/protocol/record"
)

var gateStatuses = []struct {
	err    error
	status Status
}{
	{record.ErrTooLarge, TooLarge},
	{record.ErrVersion, UnknownVersion},
	{record.ErrRecipient, NotAddressed},
	{record.ErrSigner, WrongSigner},
	{record.ErrIncomplete, WrongSigner},
	{record.ErrDelegation, BadSignature},
	{record.ErrSignature, BadSignature},
	{record.ErrKey, Malformed},
	{record.ErrMalformed, Malformed},
	{record.ErrID, Malformed},
}

// FromGate returns a *Refusal for what record's verify gate or parsers refused,
// and err itself where it is none of theirs.
func FromGate(err error) error {
	for _, g := range gateStatuses {
		if errors.Is(err, g.err) {
			return Refuse(g.status, "%v", err)
		}
	}
	return err
}
