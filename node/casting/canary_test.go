package casting

import (
	"bytes"
	"reflect"
	"testing"
	"testing/synctest"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// everything returns the bytes of all that a store holds: entries and rows.
func (p *party) everything() []byte {
	p.w.t.Helper()
	ctx := p.w.t.Context()
	var out []byte
	events, err := p.store.Feed(ctx, 0, 0)
	if err != nil {
		p.w.t.Fatal(err)
	}
	for _, e := range events {
		out = append(append(out, e.Entry.Rec.Bytes()...), e.Entry.Note...)
	}
	for _, table := range []store.Table{
		tableCasts, tableTakings, tableIntentions, tableHeard, tableHandlers, tableAnswering, tableQuotes, tableSending, tableAnswered, "home",
	} {
		rows, err := p.store.Scan(ctx, table, nil, nil, 0)
		if err != nil {
			p.w.t.Fatal(err)
		}
		for _, r := range rows {
			out = append(append(out, r.Key...), r.Value...)
		}
	}
	return out
}

func TestWhatStaysAtHomeIsInNothingThatLeavesNorInAnyVendorsStore(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		highest := money.Amount{Minor: 424242424242, Currency: "EUR"}
		canaries := map[string][]byte{
			"highest price, in minor units":   []byte("424242424242"),
			"highest price, as people say it": []byte(highest.Decimal()),
			"highest price, as protobuf":      protowire.AppendVarint(nil, uint64(highest.Minor)),
			"name":                            []byte("Alexandra Canary"),
			"address":                         []byte("12 Aviary Lane"),
		}
		vendors := []*party{w.party("roaster"), w.party("bakery"), w.party("ironmonger")}
		for n, p := range vendors {
			p.asVendor()
			p.imports(roasts, []Mode{Auto, Auto, Human}[n])
		}
		persons := []*party{w.party("alice"), w.party("bob")}
		for _, p := range persons {
			p.asPerson()
			for _, name := range []string{"name", "address"} {
				if err := p.store.Put(t.Context(), "home", []byte(name), canaries[name]); err != nil {
					t.Fatal(err)
				}
			}
			public, direct := w.beans(), w.beans()
			public.Highest, direct.Highest = highest, highest
			direct.Community, direct.To = record.ID{}, []record.Key{vendors[0].key(), vendors[2].key()}
			for _, wish := range []Wish{public, direct} {
				i := p.cast(wish)
				synctest.Wait()
				os := p.offers(i.ID)
				if len(os) == 0 || os[0].OverHighest {
					t.Fatalf("offers: %+v", os)
				}
				if _, err := p.person.Accept(t.Context(), os[0].ID, ""); err != nil {
					t.Fatal(err)
				}
				gone := p.cast(wish)
				if _, err := p.person.Withdraw(t.Context(), gone.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		synctest.Wait()
		left := map[string][]byte{"the wire": w.wire}
		for _, p := range vendors {
			left[p.name+"'s store"] = p.everything()
		}
		for where, b := range left {
			if !bytes.Contains(b, []byte("espresso beans")) {
				t.Errorf("%s: what she looks for isn't there, so nothing was looked at", where)
			}
			for what, canary := range canaries {
				if bytes.Contains(b, canary) {
					t.Errorf("%s has the %s", where, what)
				}
			}
		}
		home := persons[0].everything()
		for _, what := range []string{"highest price, in minor units", "name", "address"} {
			if !bytes.Contains(home, canaries[what]) {
				t.Errorf("her own store lacks the %s", what)
			}
		}
	})
}

// TestReplyIsAllThatTiesTwoCastsOfOnePerson compares two casts by alice and one by bob,
// of the same wish: what hers share and his doesn't would tell that hers are one person's.
func TestReplyIsAllThatTiesTwoCastsOfOnePerson(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, bob := w.party("alice"), w.party("bob")
		alice.asPerson()
		bob.asPerson()
		one, two, his := alice.cast(w.beans()).Cast, alice.cast(w.beans()).Cast, bob.cast(w.beans()).Cast
		var ties []string
		fields := reflect.TypeOf(one)
		for n := range fields.NumField() {
			x, y, z := reflect.ValueOf(one).Field(n).Interface(), reflect.ValueOf(two).Field(n).Interface(), reflect.ValueOf(his).Field(n).Interface()
			if reflect.DeepEqual(x, y) && !reflect.DeepEqual(x, z) {
				ties = append(ties, fields.Field(n).Name)
			}
		}
		if !reflect.DeepEqual(ties, []string{"Reply"}) {
			t.Errorf("shared by alice's casts alone: %v", ties)
		}
		if one.Key == two.Key || one.Nonce == two.Nonce || one.ID == two.ID {
			t.Error("two casts share a key, a nonce or an id")
		}
	})
}
