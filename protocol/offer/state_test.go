package offer

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// entries are what can be kept about one offer.
func entries(t *testing.T, mine bool) (Offer, map[string]record.Entry) {
	r := made(t, beans())
	o := read(t, r)
	second := beansTaking(o)
	second.Proffer = record.ID{8}
	return o, map[string]record.Entry{
		"offer":     {At: noon, Mine: mine, Rec: verified(t, r)},
		"taking":    {Mine: !mine, Rec: verified(t, taken(t, beansTaking(o)))},
		"retaking":  {Mine: !mine, Rec: verified(t, taken(t, second))},
		"delivered": {Note: note{noteDelivered, o.ID, ""}.encode()},
		"refused":   {Note: note{noteRefused, o.ID, "too dear"}.encode()},
		"strange":   {Note: []byte("offer/2 later")},
		"other":     {Note: note{noteRefused, record.ID{9}, "another offer"}.encode()},
	}
}

func orders(names []string, f func([]string)) {
	var rec func(int)
	rec = func(k int) {
		if k == len(names) {
			f(names)
			return
		}
		for i := k; i < len(names); i++ {
			names[k], names[i] = names[i], names[k]
			rec(k + 1)
			names[k], names[i] = names[i], names[k]
		}
	}
	rec(0)
}

func TestStateIsAFunctionOfTheSetOfEntries(t *testing.T) {
	for _, c := range []struct {
		names         string
		mine          bool
		before, after State
	}{
		{"offer", true, Made, Lapsed},
		{"offer strange other", true, Made, Lapsed},
		{"offer delivered", true, Delivered, Lapsed},
		{"offer refused", true, Refused, Refused},
		{"offer delivered refused", true, Refused, Refused},
		{"offer delivered taking", true, Taken, Taken},
		{"offer refused taking retaking", true, Taken, Taken},
		{"offer", false, Received, Lapsed},
		{"offer refused other", false, Refused, Refused},
		{"offer taking refused", false, Taken, Taken},
	} {
		o, all := entries(t, c.mine)
		orders(strings.Fields(c.names), func(names []string) {
			var es []record.Entry
			for _, name := range append(names, names...) {
				es = append(es, all[name])
			}
			book, err := Fold(es)
			if err != nil {
				t.Fatal(err)
			}
			s, ok := book.Get(o.ID)
			if !ok || s.State(o.GoodUntil.Add(-1)) != c.before || s.State(o.GoodUntil) != c.after || len(book.All()) != 1 {
				t.Errorf("%q, mine %t: %s, then %s", names, c.mine, s.State(o.GoodUntil.Add(-1)), s.State(o.GoodUntil))
			}
			if refused := strings.Contains(c.names, "refused"); (s.Reason == "too dear") != refused {
				t.Errorf("%q: reason %q", names, s.Reason)
			}
		})
	}
}

func TestATakingOfAnotherOfferTakesNothing(t *testing.T) {
	o, all := entries(t, false)
	k := beansTaking(o)
	k.Offer = record.ID{9}
	book, err := Fold([]record.Entry{all["offer"], {Rec: verified(t, taken(t, k))}})
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := book.Get(o.ID); s.State(noon) != Received || len(s.Takings) > 0 {
		t.Errorf("got %s", s.State(noon))
	}
}

func TestApplyLeavesTheOldValueAsItWas(t *testing.T) {
	o, all := entries(t, true)
	book, err := Fold([]record.Entry{all["offer"]})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"taking", "delivered", "refused"} {
		if _, err := book.Apply(all[name]); err != nil {
			t.Fatal(err)
		}
	}
	if s, _ := book.Get(o.ID); s.State(noon) != Made {
		t.Errorf("the old value is %s", s.State(noon))
	}
}

func TestARecordThatIsNoOfferChangesNothing(t *testing.T) {
	_, all := entries(t, true)
	book, err := Fold([]record.Entry{all["offer"]})
	if err != nil {
		t.Fatal(err)
	}
	bad, err := record.Verify(badly(t, badOffers()["no quantity"]), record.Want{At: noon})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := book.Apply(record.Entry{Rec: bad}); !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(got, book) {
		t.Errorf("got %v", err)
	}
}

func TestOffersForOneCastAreBounded(t *testing.T) {
	var book Offers
	for i := range MaxPerCast {
		vendor := record.Key{byte(i / MaxPerVendor), 1}
		if err := book.Admit(vendor); err != nil {
			t.Fatalf("offer %d: %v", i, err)
		}
		book.offers = append(book.offers, Standing{Offer: Offer{ID: record.ID{byte(i)}, Vendor: vendor}})
		if i%MaxPerVendor == MaxPerVendor-1 && !errors.Is(book.Admit(vendor), ErrMany) {
			t.Fatalf("offer %d by one vendor is admitted", MaxPerVendor+1)
		}
	}
	if err := book.Admit(recordtest.Key("the mill")); !errors.Is(err, ErrMany) {
		t.Errorf("offer %d: %v", MaxPerCast+1, err)
	}
}

func TestOffersAreListedAsTheyCame(t *testing.T) {
	var es []record.Entry
	for q := range uint32(3) {
		o := beans()
		o.Quantity = 3 - q
		es = append(es, record.Entry{Rec: verified(t, made(t, o))})
	}
	book, err := Fold(es)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range book.All() {
		if s.Offer.Quantity != uint32(3-i) {
			t.Errorf("offer %d is the one of %d", i, s.Offer.Quantity)
		}
	}
	if _, ok := book.Get(record.ID{9}); ok {
		t.Error("an offer that isn't there is got")
	}
}
