package record_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

var (
	alice  = recordtest.Signer("alice")
	bakery = recordtest.Signer("the bakery")
)

// agreement is a draft that both alice and the bakery are to sign.
func agreement() record.Draft {
	return record.Draft{
		Type: "example.agreement", Version: 1,
		Signers:   []record.Signatory{{Role: record.RoleFirst, Key: alice.Key()}, {Role: record.RoleSecond, Key: bakery.Key()}},
		Recipient: bakery.Key(), Link: record.Link{N: 1}, Payload: []byte("bread"),
	}
}

func mustNew(t testing.TB, d record.Draft) record.Statement {
	t.Helper()
	s, err := record.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBadDraftIsNoStatement(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*record.Draft)
		want   error
	}{
		"no type":            {func(d *record.Draft) { d.Type = "" }, record.ErrMalformed},
		"a long type":        {func(d *record.Draft) { d.Type = record.Type(strings.Repeat("t", record.MaxType+1)) }, record.ErrMalformed},
		"a capital":          {func(d *record.Draft) { d.Type = "Example" }, record.ErrMalformed},
		"no signers":         {func(d *record.Draft) { d.Signers = nil }, record.ErrMalformed},
		"five signers":       {func(d *record.Draft) { d.Signers = make([]record.Signatory, record.MaxSigners+1) }, record.ErrMalformed},
		"no role":            {func(d *record.Draft) { d.Signers[0].Role = 0 }, record.ErrMalformed},
		"no key":             {func(d *record.Draft) { d.Signers[0].Key = record.Key{} }, record.ErrMalformed},
		"out of order":       {func(d *record.Draft) { d.Signers[0].Role = record.RoleAfter }, record.ErrMalformed},
		"doubled":            {func(d *record.Draft) { d.Signers[1] = d.Signers[0] }, record.ErrMalformed},
		"to its only signer": {func(d *record.Draft) { d.Signers = d.Signers[1:] }, record.ErrMalformed},
		"open, with a link":  {func(d *record.Draft) { d.Recipient = record.Key{} }, record.ErrMalformed},
		"no link":            {func(d *record.Draft) { d.Link = record.Link{} }, record.ErrMalformed},
		"first after one":    {func(d *record.Draft) { d.Link.Sent = record.ID{1} }, record.ErrMalformed},
		"second after none":  {func(d *record.Draft) { d.Link.N = 2 }, record.ErrMalformed},
		"held, but no place": {func(d *record.Draft) { d.Link = record.Link{Held: record.ID{1}} }, record.ErrMalformed},
		"too large":          {func(d *record.Draft) { d.Payload = make([]byte, record.MaxStatement) }, record.ErrTooLarge},
	} {
		d := agreement()
		c.change(&d)
		if s, err := record.New(d); !errors.Is(err, c.want) || s.Bytes() != nil {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
	}
}

func TestStatementKeepsItsOwnCopy(t *testing.T) {
	d := agreement()
	s := mustNew(t, d)
	id, first := s.ID(), d.Signers[0].Key
	d.Payload[0], d.Signers[0] = 'h', d.Signers[1]
	again, err := record.Parse(bytes.Clone(s.Bytes()))
	if err != nil || again.ID() != id || string(s.Payload()) != "bread" || s.Signers()[0].Key != first {
		t.Errorf("a change of the draft changed the statement (%v)", err)
	}
}

func TestIDBindsSignersRecipientAndLink(t *testing.T) {
	seen := map[record.ID]string{mustNew(t, agreement()).ID(): "nothing"}
	for name, change := range map[string]func(*record.Draft){
		"type":      func(d *record.Draft) { d.Type = "example.other" },
		"version":   func(d *record.Draft) { d.Version = 2 },
		"role":      func(d *record.Draft) { d.Signers[0].Role = record.RoleAuthor },
		"key":       func(d *record.Draft) { d.Signers[0].Key = recordtest.Key("bob") },
		"recipient": func(d *record.Draft) { d.Recipient = alice.Key() },
		"open":      func(d *record.Draft) { d.Recipient, d.Link = record.Key{}, record.Link{} },
		"place":     func(d *record.Draft) { d.Link = record.Link{N: 2, Sent: record.ID{1}} },
		"held":      func(d *record.Draft) { d.Link.Held = record.ID{1} },
		"payload":   func(d *record.Draft) { d.Payload = []byte("breads") },
	} {
		d := agreement()
		change(&d)
		id := mustNew(t, d).ID()
		if other, ok := seen[id]; ok {
			t.Errorf("another %s and another %s have one id", name, other)
		}
		seen[id] = name
	}
}

func TestStatementSaysWhoSpeaks(t *testing.T) {
	s := mustNew(t, agreement())
	if s.Author() != alice.Key() {
		t.Errorf("the author is %s", s.Author().Short())
	}
	if k, ok := s.Key(record.RoleSecond); !ok || k != bakery.Key() {
		t.Errorf("the second party is %s, %v", k.Short(), ok)
	}
	if _, ok := s.Key(record.RoleAuthor); ok {
		t.Error("a role that nobody has, has a key")
	}
	d := agreement()
	d.Signers[0].Role = record.RoleSecond
	if bytes.Compare(d.Signers[0].Key[:], d.Signers[1].Key[:]) > 0 {
		d.Signers[0], d.Signers[1] = d.Signers[1], d.Signers[0]
	}
	if k, ok := mustNew(t, d).Key(record.RoleSecond); ok || !k.IsZero() {
		t.Error("of two keys in a role, one was picked")
	}
	if !(record.Statement{}).Author().IsZero() {
		t.Error("nothing has an author")
	}
}

func TestStatementOverItsBoundIsNotParsed(t *testing.T) {
	d := agreement()
	d.Payload = nil
	empty := len(mustNew(t, d).Bytes())
	d.Payload = make([]byte, record.MaxStatement-empty)
	largest := mustNew(t, d).Bytes()
	if _, err := record.Parse(largest); err != nil || len(largest) != record.MaxStatement {
		t.Errorf("the largest, of %d bytes: %v", len(largest), err)
	}
	over := append(bytes.Clone(largest), 0)
	over[len(over)-len(d.Payload)-2]++ // the payload's length
	if s, err := record.Parse(over); !errors.Is(err, record.ErrTooLarge) || s.Bytes() != nil {
		t.Errorf("a byte more: %v", err)
	}
}
