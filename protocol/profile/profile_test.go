package profile

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func bakeryCard() Card {
	beans, _ := category.Parse("food/coffee/beans")
	bread, _ := category.Parse("food/bread")
	return Card{
		Name: "The Bakery", Sequence: 7, Issued: noon, Expires: noon.Add(MaxLife),
		Roads:       []road.Road{{Peer: []byte("the bakery's peer id"), Addresses: [][]byte{{4, 127, 0, 0, 1}}}},
		Speaks:      []string{"/byway/agreement/1", "/byway/offer/1"},
		Accepts:     []terms.Ref{{Roster: "byway-2026", ID: "SD-BASE", Version: "1"}, {Roster: "byway-2026", ID: "PDC-INTENT", Version: "1"}},
		Categories:  []category.Path{bread, beans},
		Description: "Bread, and coffee roasted here.", URL: "https://bakery.example/", Steward: true,
	}
}

func signed(t testing.TB, c Card) record.Record {
	t.Helper()
	r, err := New(context.Background(), c, recordtest.Signer("the bakery"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestACardIsReadAsWritten(t *testing.T) {
	small := Card{Name: "B", Sequence: 1, Issued: noon, Expires: noon.Add(time.Millisecond)}
	for _, want := range []Card{bakeryCard(), small} {
		r := signed(t, want)
		v, got, err := Verify(r.Bytes(), noon)
		if err != nil {
			t.Fatal(err)
		}
		want.ID, want.Key = r.ID(), recordtest.Key("the bakery")
		if !reflect.DeepEqual(got, want) || v.ID() != r.ID() {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestACardSignedByADelegateIsTheOrganisations(t *testing.T) {
	bakery := recordtest.Signer("the bakery")
	d := record.Delegation{Delegate: recordtest.Key("the bakery's node"), From: noon, Until: noon.Add(time.Hour), Types: []record.Type{TypeCard}}
	delegation, err := record.NewDelegation(context.Background(), d, bakery)
	if err != nil {
		t.Fatal(err)
	}
	by, err := record.NewDelegateSigner(delegation, recordtest.Seed("the bakery's node"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(context.Background(), bakeryCard(), by)
	if err != nil {
		t.Fatal(err)
	}
	if _, c, err := Verify(r.Bytes(), noon); err != nil || c.Key != bakery.Key() {
		t.Errorf("got %s, %v", c.Key.Short(), err)
	}
	if _, _, err := Verify(r.Bytes(), noon.Add(time.Hour)); !errors.Is(err, record.ErrDelegation) {
		t.Errorf("after the delegation's end: %v", err)
	}
}

// badCards are cards with one thing wrong.
func badCards() map[string]Card {
	bad := map[string]func(*Card){
		"no name":                  func(c *Card) { c.Name = "" },
		"a name too long":          func(c *Card) { c.Name = strings.Repeat("a", MaxName+1) },
		"a newline in the name":    func(c *Card) { c.Name = "The\nBakery" },
		"sequence zero":            func(c *Card) { c.Sequence = 0 },
		"no issue":                 func(c *Card) { c.Issued = time.Time{} },
		"no expiry":                func(c *Card) { c.Expires = time.Time{} },
		"expired when issued":      func(c *Card) { c.Expires = c.Issued },
		"a life too long":          func(c *Card) { c.Expires = c.Issued.Add(MaxLife + time.Millisecond) },
		"issued before 1970":       func(c *Card) { c.Issued = time.UnixMilli(-1); c.Expires = time.UnixMilli(1) },
		"a road without addresses": func(c *Card) { c.Roads[0].Addresses = nil },
		"too many roads":           func(c *Card) { c.Roads = manyRoads(MaxRoads + 1) },
		"protocols out of order":   func(c *Card) { c.Speaks = []string{"/b", "/a"} },
		"a protocol twice":         func(c *Card) { c.Speaks = []string{"/a", "/a"} },
		"a protocol with a space":  func(c *Card) { c.Speaks = []string{"/a b"} },
		"terms twice":              func(c *Card) { c.Accepts[1] = c.Accepts[0] },
		"terms without an id":      func(c *Card) { c.Accepts[1] = terms.Ref{Roster: "a", Version: "1"} },
		"a category twice":         func(c *Card) { c.Categories[1] = c.Categories[0] },
		"no category in the list":  func(c *Card) { c.Categories[1] = category.Path{} },
		"too many categories":      func(c *Card) { c.Categories = manyPaths(MaxCategories + 1) },
		"an address of a script":   func(c *Card) { c.URL = "javascript:alert(1)" },
		"a relative address":       func(c *Card) { c.URL = "/shop" },
		"an escape in the text":    func(c *Card) { c.Description = "\x1b[2J" },
	}
	out := map[string]Card{}
	for name, f := range bad {
		c := bakeryCard()
		f(&c)
		out[name] = c
	}
	return out
}

func manyRoads(n int) (out []road.Road) {
	for i := range n {
		out = append(out, road.Road{Peer: []byte{byte(i + 1)}, Addresses: [][]byte{{1}}})
	}
	return out
}

func manyPaths(n int) (out []category.Path) {
	for i := range n {
		p, _ := category.Parse("food/" + strings.Repeat("a", i+1))
		out = append(out, p)
	}
	return out
}

func TestBadCardsAreNeitherSignedNorRead(t *testing.T) {
	for name, c := range badCards() {
		if r, err := New(context.Background(), c, recordtest.Signer("the bakery")); !errors.Is(err, ErrMalformed) || r.Bytes() != nil {
			t.Errorf("%s: New = %v", name, err)
		}
		if _, got, err := Verify(badly(t, c), noon); !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(got, Card{}) {
			t.Errorf("%s: Verify = %+v, %v", name, got, err)
		}
	}
}

// badly signs a card that New refuses.
func badly(t testing.TB, c Card) []byte {
	t.Helper()
	payload, err := c.marshal()
	if err != nil {
		t.Fatal(err)
	}
	d := formtest.Draft(signed(t, bakeryCard()))
	d.Payload = payload
	return formtest.Sign(t, d, recordtest.Signer("the bakery")).Bytes()
}

func TestBrokenRecordsAreRefused(t *testing.T) {
	for _, c := range formtest.Broken(t, signed(t, bakeryCard()), ErrMalformed, recordtest.Signer("the bakery")) {
		if v, got, err := Verify(c.Bytes, noon); !errors.Is(err, c.Want) || !v.IsZero() || !reflect.DeepEqual(got, Card{}) {
			t.Errorf("%s: %v, want %v", c.Name, err, c.Want)
		}
	}
}

func TestAnUnknownFieldIsTolerated(t *testing.T) {
	d := formtest.Draft(signed(t, bakeryCard()))
	d.Payload = append(d.Payload, 0xfa, 0x3f, 1, 0)
	if _, c, err := Verify(formtest.Sign(t, d, recordtest.Signer("the bakery")).Bytes(), noon); err != nil || c.Name != "The Bakery" {
		t.Errorf("got %q, %v", c.Name, err)
	}
}

func TestACardOutOfItsTimeIsStale(t *testing.T) {
	c := bakeryCard()
	for at, want := range map[time.Time]error{
		noon: nil, noon.Add(-MaxSkew): nil, c.Expires.Add(-1): nil, noon.Add(-MaxSkew - 1): ErrStale, c.Expires: ErrStale,
	} {
		if err := c.Live(at); !errors.Is(err, want) {
			t.Errorf("at %s: %v, want %v", at, err, want)
		}
	}
}
