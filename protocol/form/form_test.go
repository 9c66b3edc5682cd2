package form_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
)

func signer(t *testing.T, seed byte) record.Signer {
	t.Helper()
	s, err := record.NewSigner([32]byte{seed})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func signed(t *testing.T, d record.Draft, by ...record.Signer) record.Record {
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

func TestOnlyTheFormItselfPasses(t *testing.T) {
	alice, bakery := signer(t, 1), signer(t, 2)
	open := form.Form{Type: "test.open", Version: 1, Roles: []record.Role{record.RoleAuthor}, Open: true, MaxRecord: 300}
	author := []record.Signatory{{Role: record.RoleAuthor, Key: alice.Key()}}
	both := []record.Signatory{{Role: record.RoleAuthor, Key: alice.Key()}, {Role: record.RoleSecond, Key: bakery.Key()}}
	pair := form.Form{Type: "test.pair", Version: 1, Roles: []record.Role{record.RoleAuthor, record.RoleSecond}, Open: true, MaxRecord: 500}
	for _, c := range []struct {
		name string
		form form.Form
		d    record.Draft
		want error
	}{
		{"as it has to be", open, record.Draft{Type: "test.open", Version: 1, Signers: author}, nil},
		{"another type", open, record.Draft{Type: "test.other", Version: 1, Signers: author}, form.ErrType},
		{"an unknown version", open, record.Draft{Type: "test.open", Version: 2, Signers: author}, record.ErrVersion},
		{"another role", open, record.Draft{Type: "test.open", Version: 1, Signers: []record.Signatory{{Role: record.RoleFirst, Key: alice.Key()}}}, record.ErrSigner},
		{"a second signer", open, record.Draft{Type: "test.open", Version: 1, Signers: both}, record.ErrSigner},
		{"a recipient", open, record.Draft{Type: "test.open", Version: 1, Signers: author, Recipient: bakery.Key(), Link: record.Link{N: 1}}, record.ErrRecipient},
		{"too large", open, record.Draft{Type: "test.open", Version: 1, Signers: author, Payload: make([]byte, 300)}, record.ErrTooLarge},
		{"a signature missing", pair, record.Draft{Type: "test.pair", Version: 1, Signers: both}, record.ErrIncomplete},
	} {
		if err := c.form.Check(signed(t, c.d, alice)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	addressed := form.Form{Type: "test.open", Version: 1, Roles: open.Roles, MaxRecord: 300}
	if err := addressed.Check(signed(t, record.Draft{Type: "test.open", Version: 1, Signers: author}, alice)); !errors.Is(err, record.ErrRecipient) {
		t.Errorf("open where it has a recipient: %v", err)
	}
}

func TestTextsThatAreNotPlainAreRefused(t *testing.T) {
	for name, s := range map[string]string{
		"too short": "", "too long": strings.Repeat("a", 41), "not UTF-8": "a\xff", "a newline": "a\nb", "a null": "a\x00",
		"an escape": "\x1b[2J", "turned around": "a\u202eb", "not in NFC": "e\u0301", "a line separator": "a\u2028b", "a byte order mark": "\ufeffa",
	} {
		if err := (form.Text{Name: "note", Value: s, Min: 1, Max: 40}).Check(); !errors.Is(err, form.ErrText) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, s := range []string{"a", "Kaffee, geröstet", "क्\u200dष", "咖啡", strings.Repeat("a", 40)} {
		if err := form.Texts(form.Text{Name: "note", Value: s, Min: 1, Max: 40}); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestTimesAreMillisecondsWithZeroForNone(t *testing.T) {
	at := time.Date(2026, 11, 24, 6, 0, 0, 5e6, time.UTC)
	if got, err := form.Time("expires", form.Milli(at)); err != nil || !got.Equal(at) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := form.Time("expires", form.Milli(time.Time{})); err != nil || !got.IsZero() {
		t.Errorf("none: got %v, %v", got, err)
	}
	for _, ms := range []int64{-1, 1 << 62} {
		if got, err := form.Time("expires", ms); !errors.Is(err, form.ErrTime) || !got.IsZero() {
			t.Errorf("%d ms: got %v, %v", ms, got, err)
		}
	}
}
