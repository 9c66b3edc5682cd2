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

// Outcome names err as vector files do: "ok" for nil, "malformed payload" for what has
// malformed in its chain, since then the payload was at fault, whatever in it; else what
// record or form refused.
func Outcome(err, malformed error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, malformed):
		return "malformed payload"
	}
	for _, o := range outcomes {
		if errors.Is(err, o.err) {
			return o.name
		}
	}
	return "refused by nobody: " + err.Error()
}
