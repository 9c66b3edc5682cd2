package steward

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/node/mesh/meshtest"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

// office is a desk with a validator in place of a mesh, and what was published.
type office struct {
	*Desk
	founding  record.Verified
	validator *intention.Validator
	published []string // topics
}

func open(t *testing.T, s *store.Memory, founding record.Verified) *office {
	t.Helper()
	o := &office{founding: founding, validator: intention.NewValidator(0)}
	var err error
	o.Desk, err = Open(t.Context(), Config{Founding: founding, Tables: s, Publish: o.publish})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) publish(_ context.Context, id record.ID, top category.Path, form []byte) (intention.Item, error) {
	_, item, err := o.validator.Check(form, id, top, time.Now())
	if err == nil {
		o.published = append(o.published, top.String())
	}
	return item, err
}

// client asks the desk as a peer would, less the network.
func (o *office) client() community.Client {
	h := community.Handler(func(id record.ID) (community.Steward, bool) { return o.Steward(), id == o.founding.ID() })
	return community.Client{Community: o.founding.ID(), Call: func(ctx context.Context, req []byte) answer.Outcome {
		resp, err := h(ctx, req)
		var no *answer.Refusal
		if errors.As(err, &no) {
			return answer.Outcome{Said: no.Status, Text: no.Text}
		}
		return answer.Outcome{Resp: resp, Inferred: err}
	}}
}

// live returns the ids of what the desk lists after a cursor, and the last cursor.
func (o *office) live(t *testing.T, top category.Path, cursor uint64) ([]record.ID, uint64) {
	t.Helper()
	var out []record.ID
	for {
		p, err := o.client().Live(t.Context(), top, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range p.Items {
			r, err := record.ParseRecord(b)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, r.ID())
		}
		cursor = p.Cursor
		if !p.More {
			return out, cursor
		}
	}
}

func wish(t *testing.T, founding record.Verified, about, by string) (intention.Cast, []byte) {
	t.Helper()
	c := meshtest.Wish(t, meshtest.Read(t, founding), about, by)
	return c, meshtest.Form(t, c, by)
}

func TestLiveCastsAreListedFromACursorOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food", "tools")
		s := store.NewMemory()
		o := open(t, s, town)
		bread, form := wish(t, town, "food/bread", "alice")
		if err := o.client().Cast(t.Context(), form); err != nil {
			t.Fatal(err)
		}
		got, cursor := o.live(t, category.Path{}, 0)
		if len(got) != 1 || got[0] != bread.ID {
			t.Fatalf("listed %v", got)
		}
		saw, form := wish(t, town, "tools/saw", "bob")
		if err := o.client().Cast(t.Context(), form); err != nil {
			t.Fatal(err)
		}
		o = open(t, s, town) // a restart
		if got, _ := o.live(t, category.Path{}, cursor); len(got) != 1 || got[0] != saw.ID {
			t.Errorf("since then listed %v", got)
		}
		if got, _ := o.live(t, meshtest.Path(t, "food"), 0); len(got) != 1 || got[0] != bread.ID {
			t.Errorf("of food listed %v", got)
		}
	})
}

func TestAWithdrawnCastLeavesTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food")
		s := store.NewMemory()
		o := open(t, s, town)
		c, form := wish(t, town, "food/bread", "alice")
		if err := o.client().Cast(t.Context(), form); err != nil {
			t.Fatal(err)
		}
		_, cursor := o.live(t, category.Path{}, 0)
		if err := o.client().Cast(t.Context(), meshtest.Withdrawal(t, c, "alice")); err != nil {
			t.Fatal(err)
		}
		for _, o := range []*office{o, open(t, s, town)} {
			all, _ := o.live(t, category.Path{}, 0)
			since, _ := o.live(t, category.Path{}, cursor)
			if len(all) != 1 || all[0] == c.ID || len(since) != 1 || since[0] != all[0] {
				t.Errorf("listed %v, since the cast %v; want the withdrawal alone", all, since)
			}
		}
		if n := len(o.published); n != 2 || o.published[1] != "food" {
			t.Errorf("published to %v", o.published)
		}
	})
}

// Anybody can sign a withdrawal that names somebody else's cast.
func TestAWithdrawalByAnotherKeyTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food")
		o := open(t, store.NewMemory(), town)
		c, form := wish(t, town, "food/bread", "alice")
		if err := o.client().Cast(t.Context(), form); err != nil {
			t.Fatal(err)
		}
		c.Key = recordtest.Key("mallory")
		forged := meshtest.Withdrawal(t, c, "mallory")
		var no *answer.Refusal
		if err := o.client().Cast(t.Context(), forged); !errors.As(err, &no) || no.Status != answer.NotFound {
			t.Errorf("handed over: %v", err)
		}
		_, item, err := o.validator.Check(forged, town.ID(), meshtest.Path(t, "food"), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Heard(t.Context(), meshtest.Path(t, "food"), item); err != nil {
			t.Fatal(err)
		}
		if got, _ := o.live(t, category.Path{}, 0); len(got) == 0 || got[0] != c.ID {
			t.Errorf("listed %v, want the cast still", got)
		}
	})
}

func TestTheSameCastAgainIsFine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food")
		o := open(t, store.NewMemory(), town)
		c, form := wish(t, town, "food/bread", "alice")
		for range 3 {
			if err := o.client().Cast(t.Context(), form); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := o.live(t, category.Path{}, 0); len(got) != 1 || got[0] != c.ID || len(o.published) != 1 {
			t.Errorf("listed %v, published %v", got, o.published)
		}
	})
}

func TestWhatExpiresIsPruned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food")
		s := store.NewMemory()
		o := open(t, s, town)
		_, form := wish(t, town, "food/bread", "alice")
		if err := o.client().Cast(t.Context(), form); err != nil {
			t.Fatal(err)
		}
		if err := o.client().Card(t.Context(), card(t, "the bakery", 1, "food/bread").Bytes()); err != nil {
			t.Fatal(err)
		}
		_, cursor := o.live(t, category.Path{}, 0)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { o.Run(ctx); close(done) }()
		time.Sleep(49 * time.Hour)
		if got, _ := o.live(t, category.Path{}, 0); len(got) != 0 {
			t.Errorf("listed %v", got)
		}
		for _, table := range []store.Table{tableCasts, tableCards} {
			if rows, err := s.Scan(t.Context(), table, nil, nil, 10); err != nil || len(rows) != 0 {
				t.Errorf("%d rows left in %s, %v", len(rows), table, err)
			}
		}
		cancel()
		<-done
		later, form := wish(t, town, "food/bread", "bob")
		if err := open(t, s, town).client().Cast(t.Context(), form); err != nil {
			t.Fatal(err)
		}
		if got, _ := open(t, s, town).live(t, category.Path{}, cursor); len(got) != 1 || got[0] != later.ID {
			t.Errorf("after the old cursor listed %v", got)
		}
	})
}

func TestAValidatorRecallsWhatTheDeskKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food")
		s := store.NewMemory()
		o := open(t, s, town)
		c, form := wish(t, town, "food/bread", "alice")
		_, other := wish(t, town, "food/tea", "bob")
		for _, f := range [][]byte{form, meshtest.Withdrawal(t, c, "alice"), other} {
			if err := o.client().Cast(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		o = open(t, s, town)
		if err := o.Known(t.Context(), func(f []byte) { _, _, _ = o.validator.Check(f, town.ID(), category.Path{}, time.Now()) }); err != nil {
			t.Fatal(err)
		}
		if _, _, err := o.validator.Check(form, town.ID(), category.Path{}, time.Now()); !errors.Is(err, intention.ErrWithdrawn) {
			t.Errorf("the withdrawn cast: %v", err)
		}
		if _, _, err := o.validator.Check(other, town.ID(), category.Path{}, time.Now()); !errors.Is(err, intention.ErrSeen) {
			t.Errorf("the live cast: %v", err)
		}
	})
}

func TestBadCastsAreRefusedAndNothingIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food")
		s := store.NewMemory()
		o := open(t, s, town)
		c, good := wish(t, town, "food/bread", "alice")
		flipped := append([]byte{}, good...)
		flipped[len(flipped)-1] ^= 1
		expired, foreign := c, c
		expired.Expires, expired.AcceptBy = intention.Hour(time.Now().Add(-2*time.Hour)), intention.Hour(time.Now().Add(-2*time.Hour))
		foreign.Community = record.ID{1}
		for _, bad := range []struct {
			name string
			form []byte
			want answer.Status
		}{
			{"nothing", nil, answer.Malformed},
			{"cut short", good[1:], answer.Malformed},
			{"oversize", append(append([]byte{}, good...), 0), answer.Malformed},
			{"wrongly signed", flipped, answer.BadSignature},
			{"expired", meshtest.Form(t, expired, "bob"), answer.Expired},
			{"another community", meshtest.Form(t, foreign, "bob"), answer.NotAddressed},
			{"a withdrawal of an unknown cast", meshtest.Withdrawal(t, c, "alice"), answer.NotFound},
			{"another statement", append(append([]byte{}, town.Bytes()...), make([]byte, intention.FormSize-len(town.Bytes()))...), answer.Malformed},
		} {
			var no *answer.Refusal
			if err := o.client().Cast(t.Context(), bad.form); !errors.As(err, &no) || no.Status != bad.want {
				t.Errorf("%s: %v, want %s", bad.name, err, bad.want)
			}
		}
		if rows, err := s.Scan(t.Context(), tableCasts, nil, nil, 10); err != nil || len(rows) != 0 || len(o.published) != 0 {
			t.Errorf("%d rows kept, %d published, %v", len(rows), len(o.published), err)
		}
	})
}

func card(t *testing.T, by string, sequence uint64, categories ...string) record.Verified {
	t.Helper()
	return cardOf(t, profile.Card{
		Name: by, Sequence: sequence, Issued: time.Now(), Expires: time.Now().Add(24 * time.Hour), Categories: meshtest.Paths(t, categories...),
	}, by)
}

func cardOf(t *testing.T, c profile.Card, by string) record.Verified {
	t.Helper()
	r, err := profile.New(t.Context(), c, recordtest.Signer(by))
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{At: time.Now(), Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// cards returns the ids of the cards that the directory lists.
func (o *office) cards(t *testing.T, top category.Path, cursor uint64) ([]record.ID, uint64) {
	t.Helper()
	p, err := o.client().Cards(t.Context(), top, cursor)
	if err != nil {
		t.Fatal(err)
	}
	var out []record.ID
	for _, b := range p.Items {
		r, err := record.ParseRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r.ID())
	}
	return out, p.Cursor
}

func TestTheNewestCardReplacesTheOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food", "tools")
		s := store.NewMemory()
		o := open(t, s, town)
		first, second := card(t, "the bakery", 1, "food/bread"), card(t, "the bakery", 2, "food/bread", "food/cake", "tools")
		for _, v := range []record.Verified{first, second, second} {
			if err := o.client().Card(t.Context(), v.Bytes()); err != nil {
				t.Fatal(err)
			}
		}
		var no *answer.Refusal
		if err := o.client().Card(t.Context(), first.Bytes()); !errors.As(err, &no) || no.Status != answer.Conflict {
			t.Errorf("the old one again: %v", err)
		}
		for _, o := range []*office{o, open(t, s, town)} {
			for _, top := range append(meshtest.Paths(t, "food", "tools"), category.Path{}) {
				if got, _ := o.cards(t, top, 0); len(got) != 1 || got[0] != second.ID() {
					t.Errorf("of %q listed %v", top, got)
				}
			}
		}
	})
}

func TestBothCardsOfAForkAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food")
		o := open(t, store.NewMemory(), town)
		for i := range profile.MaxForks + 3 {
			v := cardOf(t, profile.Card{Name: fmt.Sprintf("tongue %d", i), Sequence: 1, Issued: time.Now(), Expires: time.Now().Add(time.Hour)}, "mallory")
			if err := o.client().Card(t.Context(), v.Bytes()); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := o.cards(t, category.Path{}, 0); len(got) != profile.MaxForks {
			t.Errorf("listed %d of a fork, want %d", len(got), profile.MaxForks)
		}
	})
}

func TestBadCardsAreRefusedAndNothingIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food")
		s := store.NewMemory()
		o := open(t, s, town)
		good := card(t, "the bakery", 1, "food").Bytes()
		flipped := append([]byte{}, good...)
		flipped[len(flipped)-1] ^= 1
		old := cardOf(t, profile.Card{Name: "x", Sequence: 1, Issued: time.Now().Add(-2 * time.Hour), Expires: time.Now().Add(-time.Hour)}, "the bakery")
		for _, bad := range []struct {
			name string
			card []byte
			want answer.Status
		}{
			{"nothing", nil, answer.Malformed},
			{"cut short", good[:len(good)-1], answer.Malformed},
			{"oversize", make([]byte, profile.MaxRecord+1), answer.TooLarge},
			{"wrongly signed", flipped, answer.BadSignature},
			{"expired", old.Bytes(), answer.Expired},
			{"another statement", town.Bytes(), answer.UnknownType},
		} {
			var no *answer.Refusal
			if err := o.client().Card(t.Context(), bad.card); !errors.As(err, &no) || no.Status != bad.want {
				t.Errorf("%s: %v, want %s", bad.name, err, bad.want)
			}
		}
		if rows, err := s.Scan(t.Context(), tableCards, nil, nil, 10); err != nil || len(rows) != 0 {
			t.Errorf("%d rows kept, %v", len(rows), err)
		}
	})
}

func TestAFullShelfLosesTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := meshtest.Found(t, "food")
		o := open(t, store.NewMemory(), town)
		o.archive.shelf.most = 3
		var all []record.ID
		for _, by := range meshtest.Names(5) {
			c, form := wish(t, town, "food/bread", by)
			all = append(all, c.ID)
			if err := o.client().Cast(t.Context(), form); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := o.live(t, category.Path{}, 0); len(got) != 3 || got[0] != all[2] || got[2] != all[4] {
			t.Errorf("listed %v of %v", got, all)
		}
	})
}
