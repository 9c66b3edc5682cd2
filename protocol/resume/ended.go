package resume

import (
	"context"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// maxEnded is how many records under ended delegations one answer may bring.
const maxEnded = 1024

// ended puts a record under a delegation that has ended by now aside, where it verified while that held.
func (f *fetch) ended(b []byte, kept time.Time) (ok bool) {
	r, err := record.ParseRecord(b)
	if err != nil || len(f.old) >= maxEnded {
		return false
	}
	v, err := r.Verify(record.Want{At: r.DelegatedUntil()})
	if err != nil {
		return false
	}
	if _, ok := f.p.Claim.sideOf(v); ok {
		f.old = append(f.old, back{v, kept})
	}
	return ok
}

// vouched hands over, once all came back, what was put aside and that this party's own word
// says it held: a delegate that has lost the right to sign can sign what it likes and date it
// back, but not what somebody else signed since. The rest is kept beside.
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
			if !w.saw(b.v) {
				continue
			}
			if err := f.hand(ctx, b); err != nil {
				return err
			}
			w.take(b.v)
			f.old, again = slices.Delete(f.old, i, i+1), true
			break
		}
	}
	for _, b := range f.old {
		f.s.c.Log.Warn("a record under a delegation that has ended is kept beside: nothing shows that it was signed before", "id", b.v.ID().Short())
		if err := f.s.Keep(ctx, f.p.Claim.By, f.p.Claim.To, b.v); err != nil {
			return err
		}
	}
	f.old = nil
	return f.again(ctx)
}

// witness is what this party's own statements say that was sent and held before them.
type witness struct {
	me   record.Key
	sums func(record.Verified) [][32]byte
	ids  map[record.ID]bool // statements that they name in their links
	held map[[32]byte]bool  // whole records that they acknowledge
}

// witness reads all that this party has said in the relationship.
func (f *fetch) witness(ctx context.Context) (witness, error) {
	c := f.p.Claim
	w := witness{me: c.By, sums: f.s.c.Acknowledged, ids: map[record.ID]bool{}, held: map[[32]byte]bool{}}
	for from := uint64(0); ; {
		spots, err := f.s.c.Spots(ctx, c.By, c.To, true, from, spotsRead)
		if err != nil {
			return w, err
		}
		for _, spot := range spots {
			es, err := f.s.c.Journal.Entries(ctx, spot.Subject)
			if err != nil {
				return w, err
			}
			for _, e := range es {
				w.take(e.Rec)
			}
			from = spot.N + 1
		}
		if len(spots) < spotsRead {
			return w, nil
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
