package offer

import (
	"context"
	"errors"
	"testing"

	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func beansTaking(o Offer) Taking {
	return Taking{Offer: o.ID, CastKey: o.To, NewKey: recordtest.Key(newKey), Vendor: o.Vendor, Proffer: record.ID{7}}
}

func taken(t testing.TB, k Taking) record.Record {
	t.Helper()
	r, err := NewTaking(context.Background(), k, record.Link{N: 1}, recordtest.Signer(castKey), recordtest.Signer(newKey))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestATakingIsReadAsWritten(t *testing.T) {
	o := read(t, made(t, beans()))
	want := beansTaking(o)
	r := taken(t, want)
	want.ID = r.ID()
	got, err := ReadTaking(verified(t, r))
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := got.Covers(o, record.ID{7}, recordtest.Key(newKey)); err != nil {
		t.Errorf("it doesn't cover its offer: %v", err)
	}
}

func TestATakingCoversNothingElse(t *testing.T) {
	o := read(t, made(t, beans()))
	k := beansTaking(o)
	other := beans()
	other.Quantity = 3
	elsewhere, byOther := o, o
	elsewhere.To = recordtest.Key("bob for one cast")
	byOther.Vendor = recordtest.Key("the mill")
	for name, err := range map[string]error{
		"another offer":      k.Covers(read(t, made(t, other)), k.Proffer, k.NewKey),
		"to another cast":    k.Covers(elsewhere, k.Proffer, k.NewKey),
		"by another vendor":  k.Covers(byOther, k.Proffer, k.NewKey),
		"another proffer":    k.Covers(o, record.ID{8}, k.NewKey),
		"under another key":  k.Covers(o, k.Proffer, recordtest.Key("bob")),
		"under the cast key": k.Covers(o, k.Proffer, k.CastKey),
	} {
		if !errors.Is(err, ErrTaking) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// badTakings are payloads that don't fit the statement around them, or are none.
func badTakings(t testing.TB) map[string][]byte {
	bad := map[string]func(*Taking){
		"no offer":            func(k *Taking) { k.Offer = record.ID{} },
		"no proffer":          func(k *Taking) { k.Proffer = record.ID{} },
		"no new key":          func(k *Taking) { k.NewKey = record.Key{} },
		"another new key":     func(k *Taking) { k.NewKey = recordtest.Key("mallory") },
		"another cast key":    func(k *Taking) { k.CastKey = recordtest.Key("mallory") },
		"another vendor":      func(k *Taking) { k.Vendor = recordtest.Key("mallory") },
		"one key twice":       func(k *Taking) { k.NewKey = k.CastKey },
		"keys in wrong roles": func(k *Taking) { k.NewKey, k.CastKey = k.CastKey, k.NewKey },
	}
	out := map[string][]byte{}
	good := beansTaking(read(t, made(t, beans())))
	for name, change := range bad {
		k := good
		change(&k)
		payload, err := k.marshal()
		if err != nil {
			t.Fatal(err)
		}
		d := formtest.Draft(taken(t, good))
		d.Payload = payload
		out[name] = formtest.Sign(t, d, recordtest.Signer(castKey), recordtest.Signer(newKey)).Bytes()
	}
	return out
}

func TestBadTakingsAreRefused(t *testing.T) {
	for name, b := range badTakings(t) {
		if got, err := readBytes(b, bakery, ReadTaking); !errors.Is(err, ErrMalformed) || got != (Taking{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestBrokenTakingsAreRefused(t *testing.T) {
	good := taken(t, beansTaking(read(t, made(t, beans()))))
	for _, c := range formtest.Broken(t, good, ErrMalformed, recordtest.Signer(castKey), recordtest.Signer(newKey)) {
		if got, err := readBytes(c.Bytes, bakery, ReadTaking); !errors.Is(err, c.Want) || got != (Taking{}) {
			t.Errorf("%s: %v, want %v", c.Name, err, c.Want)
		}
	}
}

func TestATakingIsSignedByTheKeysThatItNames(t *testing.T) {
	k := beansTaking(read(t, made(t, beans())))
	cast, fresh, mallory := recordtest.Signer(castKey), recordtest.Signer(newKey), recordtest.Signer("mallory")
	for name, by := range map[string][2]record.Signer{"another cast key": {mallory, fresh}, "another new key": {cast, mallory}, "exchanged": {fresh, cast}} {
		if r, err := NewTaking(t.Context(), k, record.Link{N: 1}, by[0], by[1]); !errors.Is(err, record.ErrSigner) || r.Bytes() != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	k.Proffer = record.ID{}
	if r, err := NewTaking(t.Context(), k, record.Link{N: 1}, cast, fresh); !errors.Is(err, ErrMalformed) || r.Bytes() != nil {
		t.Errorf("without a proffer: %v", err)
	}
}
