package offer

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
)

const (
	castKey = "alice for one cast"
	newKey  = "alice for the bakery"
	bakery  = "the bakery"
)

var (
	noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	sd   = terms.Ref{Roster: "byway-2026", ID: "SD-BASE", Version: "1"}
	dp   = terms.Ref{Roster: "byway-2026", ID: "SD-BASE-DP", Version: "1"}
)

func beans() Offer {
	food, _ := category.Parse("food/coffee/beans")
	return Offer{
		Acceptance: []byte("a whole record"), Cast: record.ID{1, 2, 3},
		Item: Item{
			SKU: "ESP-1", Name: "Espresso, dark roast", Description: "Roasted on Mondays.", Category: food, Condition: ConditionNew,
			GTIN: "4006381333931", URL: "https://bakery.example/esp-1", Unit: "kg",
		},
		Price: money.Amount{Minor: 3980, Currency: "EUR"}, Quantity: 2, GoodUntil: noon.Add(24 * time.Hour), Terms: []terms.Ref{sd, dp},
		Note: "Ready on Thursday.", Nonce: [NonceSize]byte{5},
		Reply: []road.Road{{Peer: []byte("the bakery's peer id"), Addresses: [][]byte{{4, 127, 0, 0, 1}}}},
	}
}

func made(t testing.TB, o Offer) record.Record {
	t.Helper()
	r, err := New(context.Background(), o, recordtest.Key(castKey), record.Link{N: 1}, recordtest.Signer(bakery))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func verified(t testing.TB, r record.Record) record.Verified {
	t.Helper()
	v, err := r.Verify(record.Want{At: noon})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func read(t testing.TB, r record.Record) Offer {
	t.Helper()
	o, err := Read(verified(t, r))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// readBytes is the way of a record from elsewhere, to whoever it is addressed.
func readBytes[T any](b []byte, to string, read func(record.Verified) (T, error)) (T, error) {
	v, err := record.Verify(b, record.Want{To: func(k record.Key) bool { return k == recordtest.Key(to) }, At: noon})
	if err != nil {
		var none T
		return none, err
	}
	return read(v)
}

func TestAnOfferIsReadAsWritten(t *testing.T) {
	small := Offer{
		Acceptance: []byte{1}, Cast: record.ID{1}, Item: Item{Name: "x"}, Price: money.Amount{Currency: "JPY"}, Quantity: 1,
		GoodUntil: noon, Terms: []terms.Ref{sd},
	}
	for _, want := range []Offer{beans(), small} {
		r := made(t, want)
		want.ID, want.Vendor, want.To = r.ID(), recordtest.Key(bakery), recordtest.Key(castKey)
		if got := read(t, r); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

// badOffers are offers with one thing wrong.
func badOffers() map[string]Offer {
	bad := map[string]func(*Offer){
		"no acceptance":             func(o *Offer) { o.Acceptance = nil },
		"an acceptance too long":    func(o *Offer) { o.Acceptance = make([]byte, MaxAcceptance+1) },
		"no cast":                   func(o *Offer) { o.Cast = record.ID{} },
		"no item name":              func(o *Offer) { o.Item.Name = "" },
		"an item name too long":     func(o *Offer) { o.Item.Name = strings.Repeat("a", MaxName+1) },
		"a newline in the sku":      func(o *Offer) { o.Item.SKU = "a\nb" },
		"a description too long":    func(o *Offer) { o.Item.Description = strings.Repeat("a", MaxDescription+1) },
		"an unknown condition":      func(o *Offer) { o.Item.Condition = ConditionUsed + 1 },
		"a gtin that doesn't check": func(o *Offer) { o.Item.GTIN = "4006381333932" },
		"a gtin of letters":         func(o *Offer) { o.Item.GTIN = "abcdefgh" },
		"an address of a script":    func(o *Offer) { o.Item.URL = "javascript:alert(1)" },
		"no currency":               func(o *Offer) { o.Price.Currency = "" },
		"an unknown currency":       func(o *Offer) { o.Price.Currency = "EURO" },
		"a negative price":          func(o *Offer) { o.Price.Minor = -1 },
		"a price too large":         func(o *Offer) { o.Price.Minor = money.MaxMinor + 1 },
		"no quantity":               func(o *Offer) { o.Quantity = 0 },
		"no end":                    func(o *Offer) { o.GoodUntil = time.Time{} },
		"an end before 1970":        func(o *Offer) { o.GoodUntil = time.UnixMilli(-1) },
		"no terms":                  func(o *Offer) { o.Terms = nil },
		"terms twice":               func(o *Offer) { o.Terms = []terms.Ref{sd, sd} },
		"terms without an id":       func(o *Offer) { o.Terms = []terms.Ref{{Roster: "a", Version: "1"}} },
		"too many terms":            func(o *Offer) { o.Terms = make([]terms.Ref, MaxTerms+1) },
		"a note too long":           func(o *Offer) { o.Note = strings.Repeat("a", MaxNote+1) },
		"an escape in the note":     func(o *Offer) { o.Note = "\x1b[2J" },
		"a road to nowhere":         func(o *Offer) { o.Reply = make([]road.Road, 1) },
		"too many roads":            func(o *Offer) { o.Reply = make([]road.Road, MaxReply+1) },
	}
	out := map[string]Offer{}
	for name, change := range bad {
		o := beans()
		change(&o)
		out[name] = o
	}
	return out
}

// badly signs an offer that New refuses.
func badly(t testing.TB, o Offer) []byte {
	t.Helper()
	payload, err := o.marshal()
	if err != nil {
		t.Fatal(err)
	}
	d := formtest.Draft(made(t, beans()))
	d.Payload = payload
	return formtest.Sign(t, d, recordtest.Signer(bakery)).Bytes()
}

func TestBadOffersAreNeitherSignedNorRead(t *testing.T) {
	for name, o := range badOffers() {
		r, err := New(t.Context(), o, recordtest.Key(castKey), record.Link{N: 1}, recordtest.Signer(bakery))
		if !errors.Is(err, ErrMalformed) || r.Bytes() != nil {
			t.Errorf("%s: New = %v", name, err)
		}
		if got, err := readBytes(badly(t, o), castKey, Read); !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(got, Offer{}) {
			t.Errorf("%s: Read = %+v, %v", name, got, err)
		}
	}
}

func TestBrokenOffersAreRefused(t *testing.T) {
	for _, c := range formtest.Broken(t, made(t, beans()), ErrMalformed, recordtest.Signer(bakery)) {
		if got, err := readBytes(c.Bytes, castKey, Read); !errors.Is(err, c.Want) || !reflect.DeepEqual(got, Offer{}) {
			t.Errorf("%s: %v, want %v", c.Name, err, c.Want)
		}
	}
}

func TestAnOfferStandsForItsTermsUntilItsEnd(t *testing.T) {
	o := read(t, made(t, beans()))
	other := sd
	other.Version = "2"
	for _, c := range []struct {
		name string
		ref  terms.Ref
		at   time.Time
		want error
	}{
		{"its first terms", sd, noon, nil},
		{"its second terms", dp, o.GoodUntil.Add(-1), nil},
		{"another version", other, noon, ErrTerms},
		{"its end", sd, o.GoodUntil, ErrLapsed},
	} {
		if err := o.Stands(c.ref, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
