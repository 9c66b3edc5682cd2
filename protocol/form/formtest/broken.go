package formtest

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// Case is one bad input.
type Case struct {
	Name  string
	Bytes []byte
	Want  error // to be in the chain of what comes back
}

// Sign returns the record of d, signed by each of by.
func Sign(t testing.TB, d record.Draft, by ...record.Signer) record.Record {
	t.Helper()
	s, err := record.New(d)
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.SignBy(context.Background(), s, by...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Draft returns what r's statement was made from.
func Draft(r record.Record) record.Draft {
	s := r.Statement()
	return record.Draft{
		Type: s.Type(), Version: s.Version(), Signers: slices.Clone(s.Signers()),
		Recipient: s.Recipient(), Link: s.Link(), Payload: slices.Clone(s.Payload()),
	}
}

// Broken returns r, signed by all of by, in the ways that no reader may take. malformed
// is what its reader says of a payload that can't be one. Somebody called mallory
// signs where a stranger does.
func Broken(t testing.TB, r record.Record, malformed error, by ...record.Signer) []Case {
	t.Helper()
	good := r.Bytes()
	change := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(good)) }
	cases := []Case{
		{"empty", nil, record.ErrMalformed},
		{"truncated", good[:len(good)-1], record.ErrMalformed},
		{"a byte after the end", append(bytes.Clone(good), 0), record.ErrMalformed},
		{"oversize", append(bytes.Clone(good), make([]byte, record.MaxRecord)...), record.ErrTooLarge},
		{"another magic", change(func(b []byte) []byte { b[0] ^= 1; return b }), record.ErrMalformed},
		{"unknown version of the framing", change(func(b []byte) []byte { b[len("byway-re")] = 99; return b }), record.ErrVersion},
		{"wrongly signed", change(func(b []byte) []byte { b[len(b)-40] ^= 1; return b }), record.ErrSignature},
		{"a stranger's signature", stranger(t, r), record.ErrSignature},
	}
	if len(by) > 1 {
		cases = append(cases, Case{"a signature missing", Sign(t, Draft(r), by[0]).Bytes(), record.ErrIncomplete})
	}
	return append(cases, resigned(t, r, malformed, by)...)
}

// stranger returns r where mallory's signature stands under the last signer's key.
func stranger(t testing.TB, r record.Record) []byte {
	t.Helper()
	d := Draft(r)
	role := d.Signers[len(d.Signers)-1].Role
	d.Signers = []record.Signatory{{Role: role, Key: recordtest.Key("mallory")}}
	hers := Sign(t, d, recordtest.Signer("mallory")).Signatures()[0]
	sigs := slices.Clone(r.Signatures())
	sigs[len(sigs)-1].Bytes = hers.Bytes
	out, err := record.Assemble(r.Statement(), sigs...)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// resigned are statements that were never right, signed as well as can be.
func resigned(t testing.TB, r record.Record, malformed error, by []record.Signer) []Case {
	t.Helper()
	mallory := recordtest.Signer("mallory")
	again := func(f func(*record.Draft), more ...record.Signer) []byte {
		d := Draft(r)
		f(&d)
		return Sign(t, d, append(slices.Clone(by), more...)...).Bytes()
	}
	cases := []Case{
		{"another type", again(func(d *record.Draft) { d.Type = "test.other" }), form.ErrType},
		{"unknown version of the payload", again(func(d *record.Draft) { d.Version = 99 }), record.ErrVersion},
		{"a payload that is none", again(func(d *record.Draft) { d.Payload = []byte{0xff, 0xff, 0xff} }), malformed},
		{"an empty payload", again(func(d *record.Draft) { d.Payload = nil }), malformed},
		{"blown up by an unknown field", again(func(d *record.Draft) {
			d.Payload = append(d.Payload, append([]byte{0xfa, 0x3f, 0xa0, 0x8d, 0x02}, make([]byte, 34464)...)...)
		}), record.ErrTooLarge},
		{"signed in another role", again(func(d *record.Draft) { d.Signers[len(d.Signers)-1].Role = 99 }), record.ErrSigner},
		{"signed by a second key", again(func(d *record.Draft) {
			d.Signers = append(d.Signers, record.Signatory{Role: 99, Key: mallory.Key()})
		}, mallory), record.ErrSigner},
	}
	if r.Statement().Recipient().IsZero() {
		return append(cases, Case{"addressed to somebody", again(func(d *record.Draft) {
			d.Recipient, d.Link = mallory.Key(), record.Link{N: 1}
		}), record.ErrRecipient})
	}
	return append(cases,
		Case{"addressed to somebody else", again(func(d *record.Draft) { d.Recipient = mallory.Key() }), record.ErrRecipient},
		Case{"open to all", again(func(d *record.Draft) { d.Recipient, d.Link = record.Key{}, record.Link{} }), record.ErrRecipient})
}
