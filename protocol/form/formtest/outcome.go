package formtest

import (
	"errors"

	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
)

var outcomes = []struct {
	err  error
	name string
}{
	{record.ErrTooLarge, "too large"},
	{record.ErrVersion, "unknown version"},
	{record.ErrRecipient, "wrong recipient"},
	{record.ErrSigner, "wrong signer"},
	{record.ErrIncomplete, "incomplete"},
	{record.ErrDelegation, "bad delegation"},
	{record.ErrSignature, "bad signature"},
	{record.ErrKey, "bad key"},
	{record.ErrMalformed, "malformed record"},
	{form.ErrType, "unknown type"},
}

// Outcome names err as vector files do: "ok" for nil, "malformed payload" for what
// neither record nor form refused.
func Outcome(err error) string {
	if err == nil {
		return "ok"
	}
	for _, o := range outcomes {
		if errors.Is(err, o.err) {
			return o.name
		}
	}
	return "malformed payload"
}
