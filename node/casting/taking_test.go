package casting

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
)

// taken returns the taking t, signed by its two keys, as it goes along with a proffer.
func (p *party) taken(ctx context.Context, t offer.Taking) []record.Verified {
	p.w.t.Helper()
	cast, err := p.ring.Signer(ctx, t.CastKey)
	if err != nil {
		p.w.t.Fatal(err)
	}
	fresh, err := p.ring.Signer(ctx, t.NewKey)
	if err != nil {
		p.w.t.Fatal(err)
	}
	r, err := offer.NewTaking(ctx, t, record.Link{N: 1}, cast, fresh)
	if err != nil {
		p.w.t.Fatal(err)
	}
	v, err := r.Verify(record.Want{Complete: true})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return []record.Verified{v}
}

func TestAnOfferBindsItsVendorToWhatFitsItAndNothingElse(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster, bakery := w.party("alice"), w.party("roaster"), w.party("bakery")
		roaster.asVendor()
		roaster.imports(roasts, Auto)
		bakery.asVendor()
		alice.asPerson()
		i, second := alice.cast(w.beans()), alice.cast(w.beans())
		synctest.Wait()
		o := alice.offers(i.ID)[0]
		mine, err := alice.ring.make(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		base, _ := terms.Default().Lookup("SD-BASE")
		portable, _ := terms.Default().Lookup("SD-BASE-DP")
		id := record.SumID([]byte("the proffer"))
		fits := offer.Taking{Offer: o.ID, CastKey: i.Key, NewKey: mine, Vendor: roaster.key(), Proffer: id}
		proffer := func(by offer.Taking, change func(*agreement.Proffer)) agreement.Proffer {
			p := agreement.Proffer{
				ID: id, First: mine, Second: roaster.key(), With: alice.taken(t.Context(), by),
				Body: agreement.Body{Terms: base.Ref, SecondName: "roaster", About: o.ID},
			}
			change(&p)
			return p
		}
		taking := func(change func(*offer.Taking)) offer.Taking {
			t := fits
			change(&t)
			return t
		}
		same := func(*agreement.Proffer) {}
		v := roaster.vendor
		for name, p := range map[string]agreement.Proffer{
			"other terms":        proffer(fits, func(p *agreement.Proffer) { p.Body.Terms = portable.Ref }),
			"another name":       proffer(fits, func(p *agreement.Proffer) { p.Body.SecondName = "bakery" }),
			"about nothing":      proffer(fits, func(p *agreement.Proffer) { p.Body.About = record.ID{} }),
			"another proffer":    proffer(fits, func(p *agreement.Proffer) { p.ID = record.SumID(nil) }),
			"another person":     proffer(fits, func(p *agreement.Proffer) { p.First = recordtest.Key("bob") }),
			"another vendor":     proffer(taking(func(t *offer.Taking) { t.Vendor = bakery.key() }), same),
			"another cast's key": proffer(taking(func(t *offer.Taking) { t.CastKey = second.Key }), same),
			"no offer of ours":   proffer(taking(func(t *offer.Taking) { t.Offer = record.SumID(nil) }), same),
		} {
			d, ok := v.Taking(t.Context(), p)
			if !ok || d.Kind != agreement.Decline || d.Reason != agreement.ReasonOffer || d.Text == "" {
				t.Errorf("%s: %+v, %t", name, d, ok)
			}
		}
		for _, s := range roaster.sent() {
			if s.State == offer.Taken {
				t.Error("a taking that was declined was kept")
			}
		}
		if _, ok := v.Taking(t.Context(), agreement.Proffer{ID: id, First: mine, Second: roaster.key()}); ok {
			t.Error("a proffer without a taking was decided")
		}
		for range 2 { // a crash before the decision was kept asks again
			if d, ok := v.Taking(t.Context(), proffer(fits, same)); !ok || d.Kind != agreement.Accept {
				t.Errorf("the one that fits: %+v, %t", d, ok)
			}
		}
		later := record.SumID([]byte("a second proffer"))
		again := proffer(taking(func(t *offer.Taking) { t.Proffer = later }), func(p *agreement.Proffer) { p.ID = later })
		if d, ok := v.Taking(t.Context(), again); !ok || d.Reason != agreement.ReasonOffer {
			t.Errorf("taken twice: %+v, %t", d, ok)
		}
	})
}

func TestALapsedOfferIsDeclinedAsOne(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		roaster.imports(roasts, Auto)
		alice.asPerson()
		i := alice.cast(w.beans())
		synctest.Wait()
		o := alice.offers(i.ID)[0]
		time.Sleep(DefaultGoodFor)
		mine, err := alice.ring.make(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		id := record.SumID([]byte("the proffer"))
		with := alice.taken(t.Context(), offer.Taking{Offer: o.ID, CastKey: i.Key, NewKey: mine, Vendor: roaster.key(), Proffer: id})
		p := agreement.Proffer{ID: id, First: mine, Second: roaster.key(), With: with, Body: agreement.Body{Terms: o.Terms[0], SecondName: "roaster", About: o.ID}}
		if d, ok := roaster.vendor.Taking(t.Context(), p); !ok || d.Kind != agreement.Decline || d.Reason != agreement.ReasonOffer {
			t.Errorf("%+v, %t", d, ok)
		}
	})
}

func TestATakingThatACrashKeptFromItsCastIsMended(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		roaster.imports(roasts, Auto)
		alice.asPerson()
		i := alice.cast(w.beans())
		synctest.Wait()
		o := alice.offers(i.ID)[0]
		// What a crash right after the proffer was kept leaves: all but the entry of the cast.
		ctx, id := t.Context(), record.ID{}
		mine, err := alice.meet(ctx, roaster.key())
		if err != nil {
			t.Fatal(err)
		}
		a, err := alice.service.Proffer(ctx, agreement.To{Me: mine, Them: roaster.key()},
			agreement.Body{Terms: o.Terms[0], SecondName: o.Name, About: o.ID, AnswerBy: o.GoodUntil},
			alongOf(alice, o, mine, &id))
		if err != nil || a.ID() != id {
			t.Fatal(err)
		}
		if got := alice.offers(i.ID)[0]; got.State == offer.Taken {
			t.Fatal("the entry is there")
		}
		alice.asPerson()
		if got := alice.offers(i.ID)[0]; got.State != offer.Taken || got.Taken != id {
			t.Errorf("after the restart it is %s", got.State)
		}
		if again, err := alice.person.Accept(ctx, o.ID, ""); err != nil || again.ID() != id {
			t.Errorf("accepting again: %s, %v", again.ID().Short(), err)
		}
	})
}

// alongOf is the taking that Person.take sends along, with the same row before it.
func alongOf(p *party, o Offer, mine record.Key, id *record.ID) agreement.Along {
	return func(ctx context.Context, proffer record.Statement) (record.Record, error) {
		*id = proffer.ID()
		if err := p.store.Put(ctx, tableTakings, o.ID[:], takingRow(o.Cast, *id)); err != nil {
			return record.Record{}, err
		}
		t := offer.Taking{Offer: o.ID, CastKey: o.To, NewKey: mine, Vendor: o.Vendor, Proffer: *id}
		return p.taken(ctx, t)[0].Record(), nil
	}
}
