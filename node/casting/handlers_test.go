package casting

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
)

// counter is a handler that counts its calls by intention, and does what say says.
type counter struct {
	mu    sync.Mutex
	calls map[record.ID]int
	say   func(ctx context.Context, call int) (*Quote, error)
}

func (c *counter) handle(ctx context.Context, i Intention) (*Quote, error) {
	c.mu.Lock()
	c.calls[i.ID]++
	n := c.calls[i.ID]
	c.mu.Unlock()
	return c.say(ctx, n)
}

// of returns how often it was called about an intention.
func (c *counter) of(i Intention) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[i.ID]
}

func counting(say func(ctx context.Context, call int) (*Quote, error)) *counter {
	return &counter{calls: map[record.ID]int{}, say: say}
}

func on(t *testing.T, i Interest, c *counter) func(*Vendor) {
	return func(v *Vendor) {
		if err := v.OnIntention(i, c.handle); err != nil {
			t.Error(err)
		}
	}
}

func cake() *Quote { return &Quote{Item: "a cake", Price: money.Amount{Minor: 1200, Currency: "EUR"}} }

func TestAHandlerIsCalledOncePerIntentionAndOverridesTheRule(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		c := counting(func(context.Context, int) (*Quote, error) { return cake(), nil })
		prepare := on(t, Interest{Name: "cakes", Categories: []category.Path{path(t, "food")}}, c)
		roaster.asVendor(prepare)
		roaster.imports(roasts, Auto)
		alice.asPerson()
		first := alice.cast(w.beans())
		synctest.Wait()
		roaster.asVendor(prepare) // a restart: its place is kept
		second := alice.cast(w.beans())
		synctest.Wait()
		if c.of(first) != 1 || c.of(second) != 1 {
			t.Errorf("calls: %d, %d", c.of(first), c.of(second))
		}
		for _, i := range []Intention{first, second} {
			if os := alice.offers(i.ID); len(os) != 1 || os[0].Item.Name != "a cake" {
				t.Errorf("offers: %+v", os)
			}
		}
	})
}

func TestWhatAHandlerMissedWhileTheNodeWasDownIsHandedToItLater(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		alice.asPerson()
		i := alice.cast(w.beans()) // heard while no handler was there
		synctest.Wait()
		c := counting(func(context.Context, int) (*Quote, error) { return nil, nil })
		roaster.asVendor(on(t, Interest{}, c))
		synctest.Wait()
		if c.of(i) != 1 || len(alice.offers(i.ID)) != 0 {
			t.Errorf("%d calls, %d offers", c.of(i), len(alice.offers(i.ID)))
		}
	})
}

func TestAHandlerThatFailsIsCalledAgainThenPassedOver(t *testing.T) {
	for name, say := range map[string]func(context.Context, int) (*Quote, error){
		"an error": func(context.Context, int) (*Quote, error) { return nil, errors.New("no idea") },
		"a panic":  func(context.Context, int) (*Quote, error) { var q *Quote; return nil, errors.New(q.Item) },
		"too long": func(ctx context.Context, _ int) (*Quote, error) { <-ctx.Done(); return cake(), nil },
		"no price": func(context.Context, int) (*Quote, error) { return &Quote{Item: "a cake"}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				alice, roaster := w.party("alice"), w.party("roaster")
				bad := counting(say)
				roaster.asVendor(on(t, Interest{}, bad))
				alice.asPerson()
				first, second := alice.cast(w.beans()), alice.cast(w.beans())
				time.Sleep(5 * time.Minute)
				if bad.of(first) != MaxTries || bad.of(second) != MaxTries || len(roaster.sent()) != 0 {
					t.Errorf("calls %d, %d; %d offers", bad.of(first), bad.of(second), len(roaster.sent()))
				}
			})
		})
	}
}

func TestAHandlerThatRecoversMakesItsOffer(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		c := counting(func(_ context.Context, call int) (*Quote, error) {
			if call < MaxTries {
				return nil, errors.New("not yet")
			}
			return cake(), nil
		})
		roaster.asVendor(on(t, Interest{}, c))
		alice.asPerson()
		i := alice.cast(w.beans())
		time.Sleep(time.Minute)
		if len(alice.offers(i.ID)) != 1 {
			t.Errorf("%d offers after %d calls", len(alice.offers(i.ID)), c.of(i))
		}
	})
}

func TestACrashAnywhereMakesNoSecondOfferOrAcceptance(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		c := counting(func(context.Context, int) (*Quote, error) { return cake(), nil })
		prepare := on(t, Interest{}, c)
		alice.asPerson()
		roaster.asVendor(prepare)
		w.change(func() { roaster.broken = errors.New("disk full") }) // after the acceptance, before the offer
		i := alice.cast(w.beans())
		time.Sleep(time.Minute)
		if len(roaster.sent()) != 0 {
			t.Fatal("an offer was made on a broken disk")
		}
		roaster.crash()
		w.change(func() { roaster.broken = nil })
		w.change(func() { alice.down = true }) // the offer is made, and doesn't arrive
		roaster.asVendor(prepare)
		time.Sleep(time.Minute)
		// The handler forgets how far it was, as a crash before its place was kept does.
		roaster.crash()
		if err := roaster.store.Delete(t.Context(), tableHandlers, []byte("default")); err != nil {
			t.Fatal(err)
		}
		roaster.asVendor(prepare)
		w.change(func() { alice.down = false })
		time.Sleep(2 * longestWait)
		if sent, got := roaster.sent(), alice.offers(i.ID); len(sent) != 1 || len(got) != 1 || got[0].ID != sent[0].ID {
			t.Errorf("%d offers sent, %d came", len(sent), len(got))
		}
		h, err := roaster.store.Head(t.Context(), roaster.key(), i.Key)
		if err != nil || h.N != 2 {
			t.Errorf("%d statements to her key, want an acceptance and an offer; %v", h.N, err)
		}
	})
}

func TestAnOfferIsSentUntilItLapsesAndNotAfter(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		alice.asPerson()
		i := alice.cast(w.beans())
		w.change(func() { alice.down = true })
		q := *cake()
		q.GoodFor = time.Hour
		o, err := roaster.vendor.Offer(t.Context(), i.ID, q)
		if err != nil || o.ID.IsZero() {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		w.change(func() { alice.down = false })
		time.Sleep(time.Hour)
		if rows, err := roaster.store.Scan(t.Context(), tableSending, nil, nil, 1); err != nil || len(rows) != 0 {
			t.Errorf("still sending: %d, %v", len(rows), err)
		}
		if len(alice.offers(i.ID)) != 0 {
			t.Error("it came after it had lapsed")
		}
	})
}

func TestHandlersThatCantBeAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		v := w.party("roaster").asVendor()
		f := func(context.Context, Intention) (*Quote, error) { return nil, nil }
		if err := v.OnIntention(Interest{Name: "one"}, f); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"the same name":   v.OnIntention(Interest{Name: "one"}, f),
			"no function":     v.OnIntention(Interest{Name: "two"}, nil),
			"the rule's name": v.OnIntention(Interest{Name: ruleName}, f),
			"a long name":     v.OnIntention(Interest{Name: fmt.Sprintf("%*d", MaxHandlerName+1, 1)}, f),
			"a control":       v.OnIntention(Interest{Name: "\x00x"}, f),
		} {
			if !errors.Is(err, ErrHandler) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestHearingTwiceOrAWithdrawalFirstKeepsOne(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		alice.asPerson()
		w.change(func() { roaster.down = true })
		i := alice.cast(w.beans())
		es, err := alice.store.Entries(t.Context(), i.ID)
		if err != nil {
			t.Fatal(err)
		}
		cast := intention.Item{Record: es[0].Rec, Cast: i.Cast}
		forged := intention.Withdrawal{Cast: i.ID, Key: roaster.key(), Expires: i.Expires}
		own := intention.Withdrawal{Cast: i.ID, Key: i.Key, Expires: i.Expires}
		v := roaster.vendor
		live := func() int {
			is, err := v.Intentions(t.Context(), true)
			if err != nil {
				t.Fatal(err)
			}
			return len(is)
		}
		for _, step := range []struct {
			name string
			item intention.Item
			fine bool
			want int
		}{
			{"a withdrawal by another key, first", intention.Item{Withdrawal: forged}, true, 0},
			{"the cast", cast, true, 1},
			{"the cast again", cast, true, 1},
			{"a withdrawal by another key", intention.Item{Withdrawal: forged}, false, 1},
			{"its own withdrawal", intention.Item{Withdrawal: own}, true, 0},
			{"the cast after it", cast, true, 0},
		} {
			if err := v.Heard(t.Context(), step.item, BySteward); (err == nil) != step.fine {
				t.Errorf("%s: %v", step.name, err)
			}
			if n := live(); n != step.want {
				t.Errorf("%s: %d live, want %d", step.name, n, step.want)
			}
		}
	})
}
