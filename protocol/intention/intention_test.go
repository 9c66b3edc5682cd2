package intention

import (
	"bytes"
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

var (
	noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	town = record.ID{1, 2, 3}
	food = path("food")
)

const castKey = "alice for one cast"

func path(s string) category.Path {
	p, _ := category.Parse(s)
	return p
}

func beans() Cast {
	return Cast{
		Terms:    terms.Ref{Roster: "byway-2026", ID: TermsID, Version: "1"},
		AcceptBy: noon.Add(24 * time.Hour), Nonce: [NonceSize]byte{9, 8, 7},
		Category: path("food/coffee/beans"), Text: "Espresso beans, roasted this week", Quantity: 2, Unit: "kg",
		Attributes: []Attribute{{"roast", "dark"}}, Wishes: []string{"fair trade"}, Condition: ConditionNew,
		Place: "the old town", NeededFrom: Day(noon), NeededBy: Day(noon).AddDate(0, 0, 7), Currency: "EUR",
		Expires:   noon.Add(48 * time.Hour),
		Reply:     []road.Road{{Peer: []byte("alice's peer id"), Addresses: [][]byte{{4, 127, 0, 0, 1}}}},
		Community: town,
	}
}

func cast(t testing.TB, c Cast, by string) record.Record {
	t.Helper()
	r, err := NewCast(context.Background(), c, recordtest.Signer(by))
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

func readCast(t testing.TB, r record.Record) Cast {
	t.Helper()
	c, err := ReadCast(verified(t, r))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func withdrawal(t testing.TB, c Cast, by string) record.Record {
	t.Helper()
	r, err := NewWithdrawal(context.Background(), c, recordtest.Signer(by))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestACastIsReadAsWritten(t *testing.T) {
	small := Cast{
		Terms: beans().Terms, AcceptBy: noon, Category: food, Text: "x", Expires: noon, Reply: beans().Reply,
	}
	for _, want := range []Cast{beans(), small} {
		r := cast(t, want, castKey)
		want.ID, want.Key = r.ID(), recordtest.Key(castKey)
		if got := readCast(t, r); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestAWithdrawalIsReadAsWritten(t *testing.T) {
	c := readCast(t, cast(t, beans(), castKey))
	r := withdrawal(t, c, castKey)
	got, err := ReadWithdrawal(verified(t, r))
	want := Withdrawal{ID: r.ID(), Key: c.Key, Cast: c.ID, Expires: c.Expires}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAnotherKeyCannotWithdraw(t *testing.T) {
	c := readCast(t, cast(t, beans(), castKey))
	if r, err := NewWithdrawal(t.Context(), c, recordtest.Signer("mallory")); !errors.Is(err, record.ErrSigner) || r.Bytes() != nil {
		t.Errorf("got %v", err)
	}
}

// One byte more of text is one byte less of padding, over all the lengths that a cast can have.
func TestEveryCastIsOfOneSize(t *testing.T) {
	c := beans()
	c.Attributes, c.Wishes = nil, nil
	for range MaxWishes {
		c.Wishes = append(c.Wishes, strings.Repeat("w", MaxWish))
	}
	fits, sizes := 0, 0
	for n := 0; n < MaxAttributes*(MaxAttribute+MaxValue); n++ {
		c.Attributes = nil
		for left := n; left > 0 && len(c.Attributes) < MaxAttributes; {
			v := min(left, MaxValue)
			c.Attributes = append(c.Attributes, Attribute{strings.Repeat("n", MaxAttribute), strings.Repeat("v", v)})
			left -= v
		}
		payload, err := c.encode()
		if errors.Is(err, record.ErrTooLarge) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		fits++
		if len(payload) == payloadSize(TypeCast) {
			sizes++
		}
	}
	if fits < 1000 || fits != sizes {
		t.Errorf("%d of %d casts have the one size", sizes, fits)
	}
	if r := cast(t, beans(), castKey); len(r.Bytes()) != FormSize {
		t.Errorf("a cast has %d bytes", len(r.Bytes()))
	}
	if r := withdrawal(t, readCast(t, cast(t, beans(), castKey)), castKey); len(r.Bytes()) != FormSize {
		t.Errorf("a withdrawal has %d bytes", len(r.Bytes()))
	}
}

func TestACastThatDoesNotFitIsNotSigned(t *testing.T) {
	c := beans()
	c.Text = strings.Repeat("t", MaxText)
	for range MaxReply {
		r := road.Road{Peer: make([]byte, road.MaxPeer)}
		for i := range road.MaxAddresses {
			r.Addresses = append(r.Addresses, bytes.Repeat([]byte{byte(i)}, road.MaxAddress))
		}
		c.Reply = append(c.Reply[:len(c.Reply):len(c.Reply)], r)
	}
	if r, err := NewCast(t.Context(), c, recordtest.Signer(castKey)); !errors.Is(err, record.ErrTooLarge) || r.Bytes() != nil {
		t.Errorf("got %v", err)
	}
}

func TestTimesAreRoundedToWhatACastMaySay(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 30, 1, 1, time.FixedZone("CET", 3600))
	if got := Hour(at); !got.Equal(noon) {
		t.Errorf("Hour = %s", got)
	}
	if got := Hour(noon); !got.Equal(noon) {
		t.Errorf("Hour of a whole hour = %s", got)
	}
	if got := Day(at); !got.Equal(noon.Add(-12 * time.Hour)) {
		t.Errorf("Day = %s", got)
	}
}

// badCasts are casts with one thing wrong.
func badCasts() map[string]Cast {
	bad := map[string]func(*Cast){
		"other terms":               func(c *Cast) { c.Terms.ID = "SD-BASE" },
		"no terms":                  func(c *Cast) { c.Terms = terms.Ref{} },
		"no accept_by":              func(c *Cast) { c.AcceptBy = time.Time{} },
		"accept_by after expiry":    func(c *Cast) { c.AcceptBy = c.Expires.Add(time.Hour) },
		"a fine accept_by":          func(c *Cast) { c.AcceptBy = c.AcceptBy.Add(-time.Millisecond) },
		"no category":               func(c *Cast) { c.Category = category.Path{} },
		"no text":                   func(c *Cast) { c.Text = "" },
		"a text too long":           func(c *Cast) { c.Text = strings.Repeat("a", MaxText+1) },
		"an escape in the text":     func(c *Cast) { c.Text = "\x1b[2J" },
		"a unit too long":           func(c *Cast) { c.Unit = strings.Repeat("a", MaxUnit+1) },
		"an attribute with no name": func(c *Cast) { c.Attributes[0].Name = "" },
		"too many attributes":       func(c *Cast) { c.Attributes = make([]Attribute, MaxAttributes+1) },
		"too many wishes":           func(c *Cast) { c.Wishes = make([]string, MaxWishes+1) },
		"an empty wish":             func(c *Cast) { c.Wishes = []string{""} },
		"an unknown condition":      func(c *Cast) { c.Condition = ConditionEither + 1 },
		"a house number":            func(c *Cast) { c.Place = "High Street 5" },
		"a place too long":          func(c *Cast) { c.Place = strings.Repeat("a", MaxPlace+1) },
		"an hour it is needed from": func(c *Cast) { c.NeededFrom = c.NeededFrom.Add(time.Hour) },
		"an hour it is needed by":   func(c *Cast) { c.NeededBy = c.NeededBy.Add(time.Hour) },
		"days in the wrong order":   func(c *Cast) { c.NeededBy = c.NeededFrom.AddDate(0, 0, -1) },
		"an unknown currency":       func(c *Cast) { c.Currency = "EURO" },
		"no expiry":                 func(c *Cast) { c.Expires = time.Time{} },
		"a fine expiry":             func(c *Cast) { c.Expires = c.Expires.Add(time.Second) },
		"no reply":                  func(c *Cast) { c.Reply = nil },
		"too many roads":            func(c *Cast) { c.Reply = make([]road.Road, MaxReply+1) },
		"a road to nowhere":         func(c *Cast) { c.Reply = []road.Road{{Peer: []byte{1}}} },
	}
	out := map[string]Cast{}
	for name, change := range bad {
		c := beans()
		change(&c)
		out[name] = c
	}
	return out
}

// resigned returns a cast's form with another payload, signed by its own key.
func resigned(t testing.TB, payload []byte) []byte {
	t.Helper()
	d := formtest.Draft(cast(t, beans(), castKey))
	d.Payload = payload
	return formtest.Sign(t, d, recordtest.Signer(castKey)).Bytes()
}

func badly(t testing.TB, c Cast) []byte {
	t.Helper()
	payload, err := c.encode()
	if err != nil {
		t.Fatal(err)
	}
	return resigned(t, payload)
}

func TestBadCastsAreNotSigned(t *testing.T) {
	for name, c := range badCasts() {
		if r, err := NewCast(t.Context(), c, recordtest.Signer(castKey)); !errors.Is(err, ErrMalformed) || r.Bytes() != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
