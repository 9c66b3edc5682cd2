package resuming

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// desk is one party's resuming, over a store of its own; it answers as a caller does.
type desk struct {
	t       *testing.T
	by      record.Signer
	store   *store.Memory
	r       *Resuming
	reach   func(req []byte) answer.Outcome
	calls   int
	woken   int
	others  []Pair
	recover func(v record.Verified) error
}

func newDesk(t *testing.T, name string) *desk {
	d := &desk{t: t, by: recordtest.Signer(name), store: store.NewMemory()}
	d.reach = func([]byte) answer.Outcome { return answer.Outcome{Inferred: answer.ErrNoRoad} }
	d.recover = func(v record.Verified) error {
		return d.store.Append(t.Context(), v.ID(), 0, []record.Entry{{At: time.Now(), Mine: v.Statement().Author() == d.by.Key(), Rec: v}})
	}
	return d
}

// acquainted are two of whom the bakery can be reached, and holds the first word of alice.
func acquainted(t *testing.T) (alice, bakery *desk) {
	t.Helper()
	alice, bakery = newDesk(t, "alice"), newDesk(t, "the bakery")
	bakery.open()
	if err := bakery.hold(alice.end(bakery, "one")); err != nil {
		t.Fatal(err)
	}
	return alice, bakery
}

func (d *desk) open() {
	d.t.Helper()
	var err error
	d.r, err = Open(d.t.Context(), Config{
		Store: d.store, Keys: d, Caller: d, Agreements: func() Agreements { return d },
		Others: func(context.Context) ([]Pair, error) { return d.others, nil }, Now: time.Now,
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) Owns(k record.Key) bool                                         { return k == d.by.Key() }
func (d *desk) Signer(context.Context, record.Key) (record.Signer, error)      { return d.by, nil }
func (d *desk) Wake(ids []record.ID)                                           { d.woken += len(ids) }
func (d *desk) RecoverAlong(context.Context, record.ID, record.Verified) error { return nil }

func (d *desk) Call(_ context.Context, _ record.Key, req []byte) answer.Outcome {
	d.calls++
	return d.reach(req)
}

func (d *desk) Recover(_ context.Context, v record.Verified, _ time.Time) ([]record.ID, error) {
	return []record.ID{v.ID()}, d.recover(v)
}

// serves has d's requests answered by another desk.
func (d *desk) serves(other *desk) {
	d.reach = func(req []byte) answer.Outcome {
		resp, err := other.r.Service().Handle(context.Background(), req)
		var r *answer.Refusal
		if errors.As(err, &r) {
			return answer.Outcome{Said: r.Status, Text: r.Text}
		}
		if err != nil {
			return answer.Outcome{Said: answer.Internal}
		}
		return answer.Outcome{Resp: resp}
	}
}

// end is a statement of d's to another at the next place, kept by d alone.
func (d *desk) end(to *desk, text string) record.Verified {
	d.t.Helper()
	var v record.Verified
	err := d.store.AppendLinked(d.t.Context(), d.by.Key(), to.by.Key(), 0, func(l record.Link) ([]record.Entry, error) {
		st, err := record.New(record.Draft{
			Type: agreement.TypeEnd, Version: 1, Recipient: to.by.Key(), Link: l, Payload: []byte(text),
			Signers: []record.Signatory{{Role: record.RoleFirst, Key: d.by.Key()}},
		})
		if err != nil {
			return nil, err
		}
		r, err := record.SignBy(d.t.Context(), st, d.by)
		if err != nil {
			return nil, err
		}
		v, err = r.Verify(record.Want{Complete: true})
		return []record.Entry{{Subject: v.ID(), At: time.Now(), Mine: true, Rec: v}}, err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// journal is the store as d's protocols see it.
func (d *desk) journal() Journal {
	return Journal{Journal: d.store, Resuming: func() *Resuming { return d.r }}
}

func (d *desk) hold(v record.Verified) error {
	return d.journal().Append(d.t.Context(), v.ID(), -1, []record.Entry{{At: time.Now(), Rec: v}})
}

func (d *desk) run() (stop func()) {
	ctx, cancel := context.WithCancel(d.t.Context())
	done := make(chan error, 1)
	go func() { done <- d.r.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			d.t.Errorf("run: %v", err)
		}
	}
}

func TestNothingIsResumedInTheFirstEpoch(t *testing.T) {
	alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
	alice.end(bakery, "one")
	alice.open()
	if s := alice.r.Standing(record.Key.Short); s.Begun != 0 || len(s.Warnings) != 0 {
		t.Errorf("%+v, want nothing", s)
	}
	if err := alice.r.Ready(t.Context(), alice.by.Key(), bakery.by.Key()); err != nil {
		t.Error(err)
	}
}

func TestARelationshipWaitsUntilTheOtherSideIsReachedAndIsReadyOnceAllIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		bakery.open()
		one := alice.end(bakery, "one")
		old := alice.store.Clone()
		two := alice.end(bakery, "two")
		for _, v := range []record.Verified{one, two} {
			if err := bakery.hold(v); err != nil {
				t.Fatal(err)
			}
		}
		alice.store = old
		if _, err := old.NextEpoch(t.Context()); err != nil {
			t.Fatal(err)
		}
		alice.open()
		stop := alice.run()
		time.Sleep(time.Hour)
		synctest.Wait()
		ready := func() error { return alice.r.Ready(t.Context(), alice.by.Key(), bakery.by.Key()) }
		if s := alice.r.Standing(record.Key.Short); s.Begun != 1 || s.Waiting != 1 {
			t.Errorf("%+v, want one that waits", s)
		}
		if got := alice.calls; got < 8 || got > 12 {
			t.Errorf("%d calls within an hour, want about 9: after 5 s, then doubling to 30 min", got)
		}
		if w := alice.r.Words(alice.by.Key(), bakery.by.Key()); !strings.Contains(w, "waits to be resumed") {
			t.Errorf("words %q", w)
		}
		alice.serves(bakery)
		if err := ready(); !errors.Is(err, agreement.ErrResuming) {
			t.Errorf("ready: %v, want ErrResuming", err)
		}
		synctest.Wait() // asked about, it was tried at once
		if err := ready(); err != nil {
			t.Error(err)
		}
		stop()
		if alice.woken != 1 {
			t.Errorf("%d threads woken, want the one that came back", alice.woken)
		}
		if s := alice.r.Standing(record.Key.Short); s.Begun != 1 || s.Waiting != 0 {
			t.Errorf("%+v, want none that waits", s)
		}
		alice.open()
		if err := ready(); err != nil {
			t.Errorf("after a restart: %v", err)
		}
		late := record.Place(0, 3)
		third := clonedEnd(t, alice, bakery, record.Link{N: late, Sent: two.ID()})
		var refused *answer.Refusal
		for range 2 { // kept as a proof it isn't held
			if err := bakery.hold(third); !errors.As(err, &refused) || refused.Status != answer.Expired {
				t.Errorf("of the epoch that ended: %v, want expired", err)
			}
		}
		if err := bakery.hold(two); err != nil {
			t.Errorf("of that epoch and held: %v", err)
		}
		if s := bakery.r.Standing(record.Key.Short); len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "older copy") {
			t.Errorf("the bakery's warnings: %q", s.Warnings)
		}
	})
}

// clonedEnd is a statement of d's that d doesn't keep.
func clonedEnd(t *testing.T, d, to *desk, l record.Link) record.Verified {
	t.Helper()
	st, err := record.New(record.Draft{
		Type: agreement.TypeEnd, Version: 1, Recipient: to.by.Key(), Link: l, Payload: []byte("by a copy"),
		Signers: []record.Signatory{{Role: record.RoleFirst, Key: d.by.Key()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.SignBy(t.Context(), st, d.by)
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAPartyThatDoesntSpeakItIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		alice.end(bakery, "one")
		if _, err := alice.store.NextEpoch(t.Context()); err != nil {
			t.Fatal(err)
		}
		alice.reach = func([]byte) answer.Outcome { return answer.Outcome{Said: answer.Unsupported} }
		alice.open()
		defer alice.run()()
		synctest.Wait()
		if err := alice.r.Ready(t.Context(), alice.by.Key(), bakery.by.Key()); err != nil || alice.calls != 1 {
			t.Errorf("after %d calls: %v", alice.calls, err)
		}
	})
}

func TestARefusalForGoodStopsAndIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		alice.others = []Pair{{alice.by.Key(), bakery.by.Key()}} // nothing is known of it here
		if _, err := alice.store.NextEpoch(t.Context()); err != nil {
			t.Fatal(err)
		}
		alice.reach = func([]byte) answer.Outcome {
			return answer.Outcome{Said: answer.Expired, Text: resume.ErrEpoch.Error()}
		}
		alice.open()
		defer alice.run()()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if alice.calls != 1 {
			t.Errorf("%d calls, want 1", alice.calls)
		}
		if err := alice.r.Ready(t.Context(), alice.by.Key(), bakery.by.Key()); !errors.Is(err, agreement.ErrResuming) {
			t.Errorf("an older copy signs: %v", err)
		}
		if s := alice.r.Standing(record.Key.Short); len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "another copy of that node runs") {
			t.Errorf("warnings %q", s.Warnings)
		}
	})
}

// What this party sent can't be on its way to it: an empty place of its own is asked for at once.
func TestAnEmptyPlaceOfItsOwnIsAskedForAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		bakery.open()
		var said []record.Verified
		for _, text := range []string{"one", "two", "three"} {
			v := alice.end(bakery, text)
			said = append(said, v)
			if err := bakery.hold(v); err != nil {
				t.Fatal(err)
			}
		}
		alice.store = store.NewMemory() // the second is gone
		for _, v := range []record.Verified{said[0], said[2]} {
			if err := alice.recover(v); err != nil {
				t.Fatal(err)
			}
		}
		alice.open()
		alice.serves(bakery)
		defer alice.run()()
		synctest.Wait()
		p, err := alice.store.Pair(t.Context(), alice.by.Key(), bakery.by.Key())
		if err != nil || len(p.Gaps[store.Sent]) != 0 || alice.woken != 1 {
			t.Errorf("missing %v, %d threads woken, %v", p.Gaps[store.Sent], alice.woken, err)
		}
	})
}

// The bakery loses what alice's resume gave up and her node got back from it, and still holds the resume.
func TestWhatALaterEpochGaveUpComesBackWhereItWasHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice, bakery := newDesk(t, "alice"), newDesk(t, "the bakery")
		bakery.open()
		alice.open()
		old := alice.store.Clone()
		one := alice.end(bakery, "one")
		if err := bakery.hold(one); err != nil {
			t.Fatal(err)
		}
		named := bakery.end(alice, "named")
		if err := alice.hold(named); err != nil {
			t.Fatal(err)
		}
		alice.store = old
		if _, err := alice.store.NextEpoch(t.Context()); err != nil {
			t.Fatal(err)
		}
		alice.others = []Pair{{alice.by.Key(), bakery.by.Key()}}
		alice.serves(bakery)
		alice.open()
		alice.settle()
		rel, err := bakery.r.service.Relationship(t.Context(), bakery.by.Key(), alice.by.Key())
		if err != nil || !errors.Is(rel.Refuses(1), resume.ErrEpoch) {
			t.Fatalf("her resume gives up no place: %v, %v", rel.Refuses(1), err)
		}

		damaged := store.NewMemory()
		es, err := bakery.store.Entries(t.Context(), resume.Subject(bakery.by.Key(), alice.by.Key()))
		if err == nil {
			err = damaged.Append(t.Context(), resume.Subject(bakery.by.Key(), alice.by.Key()), -1, es)
		}
		if _, next := damaged.NextEpoch(t.Context()); err != nil || next != nil {
			t.Fatal(err, next)
		}
		bakery.store = damaged
		bakery.recover = func(v record.Verified) error {
			mine := v.Statement().Author() == bakery.by.Key()
			return bakery.journal().Append(t.Context(), v.ID(), -1, []record.Entry{{At: time.Now(), Mine: mine, Rec: v}})
		}
		bakery.serves(alice)
		bakery.open()
		bakery.settle()
		for _, v := range []record.Verified{one, named} {
			if es, err := bakery.store.Entries(t.Context(), v.ID()); err != nil || len(es) != 1 {
				t.Errorf("%q: %d entries came back, %v; want it", v.Statement().Payload(), len(es), err)
			}
		}
	})
}
