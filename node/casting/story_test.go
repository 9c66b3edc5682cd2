package casting

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errStewardAway    = errors.New("the steward is away")
	errStewardRefuses = answer.Refuse(answer.Refused, "not here")
)

// bubble runs f in simulated time with a world of its own.
func bubble(t *testing.T, f func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		f(t, w)
	})
}

func TestACastIsOfferedByRuleTakenAndAgreedOnBothSides(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		roaster.imports(roasts, Auto)
		alice.asPerson()
		wish := w.beans()
		wish.Highest = money.Amount{Minor: 3000, Currency: "EUR"}
		i := alice.cast(wish)
		if len(i.Deliveries) != 1 || !i.Deliveries[0].Taken || !open(i) {
			t.Fatalf("cast: %+v", i)
		}
		synctest.Wait()
		os := alice.offers(i.ID)
		if len(os) != 1 {
			t.Fatalf("%d offers, want 1", len(os))
		}
		o := os[0]
		if o.Item.SKU != "E-1" || o.Price != (money.Amount{Minor: 3700, Currency: "EUR"}) || o.Quantity != 2 || !o.OverHighest || o.Name != "roaster" || o.State != offer.Received {
			t.Errorf("offer: %+v", o)
		}
		for _, p := range []*party{alice, roaster} {
			a, err := p.service.Get(t.Context(), o.Agreement)
			if err != nil || !a.InForce(time.Now()) {
				t.Errorf("%s: agreement 1: %v, %v", p.name, a.View(time.Now()).Words, err)
			}
		}
		a, err := alice.person.Accept(t.Context(), o.ID, "")
		if err != nil || !a.InForce(time.Now()) {
			t.Fatalf("taking: %s, %v", a.View(time.Now()).Words, err)
		}
		if a.First() == i.Key || a.View(time.Now()).Body.About != o.ID {
			t.Error("the offer was taken under the cast's key, or about something else")
		}
		theirs, err := roaster.service.Get(t.Context(), a.ID())
		if err != nil || !theirs.InForce(time.Now()) {
			t.Errorf("the roaster's: %s, %v", theirs.View(time.Now()).Words, err)
		}
		if again, err := alice.person.Accept(t.Context(), o.ID, ""); err != nil || again.ID() != a.ID() {
			t.Errorf("a second Accept: %s, %v", again.ID().Short(), err)
		}
		if got := alice.offers(i.ID)[0]; got.State != offer.Taken || got.Taken != a.ID() {
			t.Errorf("her offer is %s by %s", got.State, got.Taken.Short())
		}
		if got := roaster.sent()[0]; got.State != offer.Taken || got.Taken != a.ID() {
			t.Errorf("the roaster's offer is %s by %s", got.State, got.Taken.Short())
		}
		if got, err := alice.person.Get(t.Context(), i.ID); err != nil || got.State != intention.Taken {
			t.Errorf("her intention is %s, %v", got.State, err)
		}
	})
}

func TestTwoVendorsOffersAreTakenUnderKeysOfTheirOwn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster, bakery := w.party("alice"), w.party("roaster"), w.party("bakery")
		for _, p := range []*party{roaster, bakery} {
			p.asVendor()
			p.imports(roasts, Auto)
		}
		alice.asPerson()
		i := alice.cast(w.beans())
		synctest.Wait()
		var firsts []record.Key
		for _, o := range alice.offers(i.ID) {
			a, err := alice.person.Accept(t.Context(), o.ID, "SD-BASE")
			if err != nil || a.State() != agreement.Complete {
				t.Fatalf("taking %s's: %v", o.Name, err)
			}
			firsts = append(firsts, a.First())
		}
		if len(firsts) != 2 || firsts[0] == firsts[1] || firsts[0] == i.Key || firsts[1] == i.Key {
			t.Errorf("first parties: %v", firsts)
		}
	})
}

func TestACastToNamedVendorsReachesThemAloneAndNoMesh(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster, bakery := w.party("alice"), w.party("roaster"), w.party("bakery")
		roaster.asVendor()
		bakery.asVendor()
		alice.asPerson()
		wish := w.beans()
		wish.Community, wish.To = record.ID{}, []record.Key{roaster.key()}
		i := alice.cast(wish)
		if heard, err := roaster.vendor.Intentions(t.Context(), false); err != nil || len(heard) != 1 || heard[0].ID != i.ID || heard[0].How != Directly {
			t.Errorf("the roaster heard %v, %v", heard, err)
		}
		if heard, err := bakery.vendor.Intentions(t.Context(), false); err != nil || len(heard) != 0 {
			t.Errorf("the bakery heard %v, %v", heard, err)
		}
		if w.times() != 0 {
			t.Error("the steward was asked")
		}
	})
}

func TestACastIsTriedUntilTakenAlsoAfterARestart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		alice.asPerson()
		w.change(func() { w.refuse = errStewardAway })
		i := alice.cast(w.beans())
		if i.Deliveries[0].Taken || i.Deliveries[0].Refused != "" {
			t.Fatalf("deliveries: %+v", i.Deliveries)
		}
		time.Sleep(time.Minute)
		if w.times() < 3 {
			t.Errorf("asked %d times in a minute", w.times())
		}
		alice.asPerson() // a restart
		w.change(func() { w.refuse = nil })
		time.Sleep(2 * longestWait)
		if got, err := alice.person.Get(t.Context(), i.ID); err != nil || !got.Deliveries[0].Taken {
			t.Errorf("deliveries: %+v, %v", got.Deliveries, err)
		}
		asked := w.times()
		time.Sleep(time.Hour)
		if w.times() != asked {
			t.Error("it was sent again after it was taken")
		}
	})
}

func TestACastThatTheStewardRefusesForGoodIsntSentAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice := w.party("alice")
		alice.asPerson()
		w.change(func() { w.refuse = errStewardRefuses })
		i := alice.cast(w.beans())
		time.Sleep(time.Hour)
		if i.Deliveries[0].Refused == "" || w.times() != 1 {
			t.Errorf("deliveries %+v, asked %d times", i.Deliveries, w.times())
		}
	})
}

func TestAWithdrawnCastIsForgottenByVendorsAndTakesNoOffer(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		alice.asPerson()
		i := alice.cast(w.beans())
		heard, err := roaster.vendor.byID(t.Context(), i.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := alice.person.Withdraw(t.Context(), i.ID); err != nil || got.State != intention.Withdrawn || !got.Deliveries[0].Taken {
			t.Fatalf("withdrawn: %+v, %v", got, err)
		}
		if _, err := alice.person.Withdraw(t.Context(), i.ID); err != nil {
			t.Errorf("a second withdrawal: %v", err)
		}
		if live, err := roaster.vendor.Intentions(t.Context(), true); err != nil || len(live) != 0 {
			t.Errorf("the roaster still lists %v, %v", live, err)
		}
		// A vendor that never learned of the withdrawal offers.
		o, err := roaster.vendor.makeOffer(t.Context(), heard, "", Quote{Item: "beans", Price: money.Amount{Minor: 1, Currency: "EUR"}}, true)
		if err != nil {
			t.Fatal(err)
		}
		if o.State != offer.Refused || len(alice.offers(i.ID)) != 0 {
			t.Errorf("the offer is %s (%s), she holds %d", o.State, o.Reason, len(alice.offers(i.ID)))
		}
		if _, err := alice.service.Get(t.Context(), o.Agreement); err == nil {
			t.Error("an agreement was kept for an offer that was refused")
		}
	})
}

func TestExpiredIntentionsArePruned(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		alice.asPerson()
		alice.cast(w.beans())
		time.Sleep(DefaultLife + 2*pruneEvery)
		for _, table := range []store.Table{tableIntentions, tableHeard} {
			if rows, err := roaster.store.Scan(t.Context(), table, nil, nil, 10); err != nil || len(rows) != 0 {
				t.Errorf("%s: %d rows, %v", table, len(rows), err)
			}
		}
		alice.cast(w.beans()) // places go on where they were
		if live, err := roaster.vendor.Intentions(t.Context(), false); err != nil || len(live) != 1 {
			t.Errorf("%v, %v", live, err)
		}
	})
}

func TestListingsShowWhatIsOpenUnlessAllIsWanted(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		roaster.imports(roasts, Auto)
		alice.asPerson()
		old := alice.cast(w.beans())
		time.Sleep(time.Minute)
		young := alice.cast(w.beans())
		synctest.Wait()
		ids := func(all bool) []record.ID {
			is, err := alice.person.Casts(t.Context(), all)
			if err != nil {
				t.Fatal(err)
			}
			var out []record.ID
			for _, i := range is {
				out = append(out, i.ID)
			}
			return out
		}
		if got := ids(false); !slices.Equal(got, []record.ID{young.ID, old.ID}) {
			t.Errorf("open: %v", got)
		}
		if i, err := roaster.vendor.Get(t.Context(), old.ID); err != nil || i.State != intention.Answered || i.Offers != 1 || i.How != ByMesh {
			t.Errorf("the roaster's: %+v, %v", i, err)
		}
		if _, err := alice.person.Withdraw(t.Context(), old.ID); err != nil {
			t.Fatal(err)
		}
		if got := ids(false); !slices.Equal(got, []record.ID{young.ID}) {
			t.Errorf("open after a withdrawal: %v", got)
		}
		if got := ids(true); len(got) != 2 {
			t.Errorf("all: %v", got)
		}
		if _, err := roaster.vendor.Get(t.Context(), old.ID); !errors.Is(err, ErrOver) {
			t.Errorf("the withdrawn one: %v", err)
		}
		if n := len(alice.offers(record.ID{})); n != 2 {
			t.Errorf("%d offers for all casts, want 2", n)
		}
	})
}
