package resume

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// maxAside is how many records of one answer may wait for this party's own word.
const maxAside = 1024

// ended puts a record under a delegation that has ended by now aside, where it verified while that held.
func (f *fetch) ended(ctx context.Context, b []byte, kept time.Time) (ok bool, err error) {
	v, ok := asOfDelegation(b)
	if _, ours := f.p.Claim.sideOf(v); !ok || !ours {
		return false, nil
	}
	given, err := f.givenUp(ctx, v)
	return err == nil && f.aside(back{v: v, kept: kept, lapsed: true, given: given}), err
}

// asOfDelegation verifies a record as of the end of the first of its delegations that ended.
func asOfDelegation(b []byte) (record.Verified, bool) {
	r, err := record.ParseRecord(b)
	if err != nil {
		return record.Verified{}, false
	}
	v, err := r.Verify(record.Want{At: r.DelegatedUntil()})
	return v, err == nil
}

// givenUp reports whether v is at a place that its author gave up by resuming, as far as this
// party holds that, and isn't held: nobody else than an older copy of its author may be its maker.
func (f *fetch) givenUp(ctx context.Context, v record.Verified) (bool, error) {
	st, c := v.Statement(), f.p.Claim
	if st.Author() != c.To || st.Type() == TypeResume || st.Type() == TypeAsk || f.rel.Refuses(st.Link().N) == nil {
		return false, nil
	}
	at, err := f.s.c.Spots(ctx, c.By, c.To, false, st.Link().N, 1)
	held := len(at) == 1 && at[0].N == st.Link().N && at[0].ID == st.ID() && at[0].Subject != Subject(c.By, c.To)
	return !held, err
}

// aside has b wait until all came back.
func (f *fetch) aside(b back) bool {
	if len(f.old) >= maxAside {
		return false
	}
	f.old = append(f.old, b)
	return true
}

// vouched hands over, once all came back, what was put aside and that this party's own word
// says it held: a delegate that has lost the right to sign, and an older copy of a node, can sign
// what they like and date it back, but not what somebody else signed since. The rest is kept beside.
func (f *fetch) vouched(ctx context.Context) error {
	if len(f.old) == 0 {
		return nil
	}
	w, err := f.witness(ctx)
	if err != nil {
		return err
	}
	for again := true; again; {
		again = false
		for i, b := range f.old {
			if !w.vouches(b) {
				continue
			}
			if err := f.hand(ctx, b); err != nil {
				return err
			}
			w.take(b.v)
			if b.given {
				w.chain[b.v.Statement().Link().Sent] = true
			}
			f.old, again = slices.Delete(f.old, i, i+1), true
			break
		}
	}
	for _, b := range f.old {
		f.s.c.Log.Warn("a record under a delegation or of an epoch that has ended is kept beside: nothing shows that it was signed before", "id", b.v.ID().Short())
		if err := f.s.Keep(ctx, f.p.Claim.By, f.p.Claim.To, b.v); err != nil {
			return err
		}
	}
	f.old = nil
	return f.again(ctx)
}

// witness is what this party's own statements say that was sent and held before them.
type witness struct {
	me    record.Key
	sums  func(record.Verified) [][32]byte
	ids   map[record.ID]bool // statements that they name in their links
	held  map[[32]byte]bool  // whole records that they acknowledge
	chain map[record.ID]bool // what the other side named as sent, in places that it gave up and that are held
}

// witness reads all that this party has said in the relationship, and what it holds in places
// that the other side gave up.
func (f *fetch) witness(ctx context.Context) (witness, error) {
	c := f.p.Claim
	w := witness{me: c.By, sums: f.s.c.Acknowledged, ids: map[record.ID]bool{}, held: map[[32]byte]bool{}, chain: map[record.ID]bool{}}
	if err := f.said(ctx, true, Span{Last: math.MaxUint64}, w.take); err != nil {
		return w, err
	}
	for _, h := range f.rel.theirs {
		if h.c.Epoch == 0 {
			continue
		}
		given := Span{h.c.Sent + 1, h.c.Link.N - 1}
		err := f.said(ctx, false, given, func(v record.Verified) {
			if !v.IsZero() && v.Statement().Author() == c.To && v.Statement().Recipient() == c.By && inSpans([]Span{given}, v.Statement().Link().N) {
				w.chain[v.Statement().Link().Sent] = true
			}
		})
		if err != nil {
			return w, err
		}
	}
	return w, nil
}

// said calls each with all records of the subjects that have places of one side, less those that are kept beside.
func (f *fetch) said(ctx context.Context, mine bool, in Span, each func(record.Verified)) error {
	c := f.p.Claim
	for from := in.First; ; {
		spots, err := f.s.c.Spots(ctx, c.By, c.To, mine, from, spotsRead)
		if err != nil {
			return err
		}
		for _, spot := range spots {
			if spot.N > in.Last {
				return nil
			}
			from = spot.N + 1
			if !mine && spot.Subject == Subject(c.By, c.To) {
				continue
			}
			es, err := f.s.c.Journal.Entries(ctx, spot.Subject)
			if err != nil {
				return err
			}
			for _, e := range es {
				each(e.Rec)
			}
		}
		if len(spots) < spotsRead {
			return nil
		}
	}
}

func (w witness) take(v record.Verified) {
	if v.IsZero() || v.Statement().Author() != w.me {
		return
	}
	l := v.Statement().Link()
	w.ids[l.Sent], w.ids[l.Held] = true, true
	for _, sum := range w.sums(v) {
		w.held[sum] = true
	}
}

// vouches reports whether all is shown that is doubted of b.
func (w witness) vouches(b back) bool {
	saw, id := w.saw(b.v), b.v.ID()
	return saw || !b.lapsed && (w.ids[id] || w.chain[id])
}

// saw reports whether v was there before something that this party said: it acknowledged the
// whole of it, put its own signature to it last, or named a statement that only its author signs.
func (w witness) saw(v record.Verified) bool {
	sigs := v.Record().Signatures()
	if w.held[v.Record().Sum()] {
		return true
	}
	if len(v.Statement().Signers()) == 1 {
		return w.ids[v.ID()]
	}
	return v.Statement().Recipient() == w.me && slices.ContainsFunc(sigs, func(s record.Signature) bool {
		return s.Key == w.me && len(s.Delegation) == 0
	})
}
