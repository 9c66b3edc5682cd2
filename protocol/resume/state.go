package resume

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// Subject returns the id under which me keeps what is said about the relationship with them itself.
func Subject(me, them record.Key) record.ID {
	return record.SumID(append(append([]byte("byway relationship "), me[:]...), them[:]...))
}

// Relationship is what is held about one relationship itself, a pure function of the set of
// its entries. The zero Relationship holds nothing.
type Relationship struct {
	me, them record.Key
	mine     []held   // this party's claims, by their place
	theirs   []held   // the other side's
	kept     []beside // by their sums
	notes    map[record.ID]note
}

type held struct {
	c   Claim
	rec record.Verified
	at  time.Time // when it was kept first
}

// beside is a record that is kept since it contradicts others.
type beside struct {
	rec record.Verified
	at  time.Time
}

// Of returns the empty relationship between me and them.
func Of(me, them record.Key) Relationship { return Relationship{me: me, them: them} }

// Fold returns what the entries of Subject(me, them) amount to. Errors: those of Apply.
func Fold(me, them record.Key, es []record.Entry) (Relationship, error) {
	r := Of(me, them)
	for i, e := range es {
		var err error
		if r, err = r.Apply(e); err != nil {
			return Relationship{}, fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return r, nil
}

// Apply returns r with one more entry; what is there already changes nothing, nor do notes
// that this version doesn't know. A record that isn't a claim is one that contradicts others.
// Errors, with r unchanged: Read's of a claim, ErrMalformed for one between other keys.
func (r Relationship) Apply(e record.Entry) (Relationship, error) {
	if e.Rec.IsZero() {
		return r.note(e.Note, e.At), nil
	}
	if t := e.Rec.Statement().Type(); t != TypeResume && t != TypeAsk {
		r.kept = keep(r.kept, beside{e.Rec, e.At})
		return r, nil
	}
	c, err := Read(e.Rec)
	if err != nil {
		return r, err
	}
	switch {
	case c.By == r.me && c.To == r.them:
		r.mine = add(r.mine, held{c, e.Rec, e.At})
	case c.By == r.them && c.To == r.me:
		r.theirs = add(r.theirs, held{c, e.Rec, e.At})
	default:
		return r, fmt.Errorf("%w: from %s to %s", ErrMalformed, c.By.Short(), c.To.Short())
	}
	return r, nil
}

// add puts h into its place, once, as it was kept first.
func add(hs []held, h held) []held {
	return putOnce(hs, h, func(a, b held) int {
		return cmp.Or(cmp.Compare(a.c.Link.N, b.c.Link.N), slices.Compare(a.c.ID[:], b.c.ID[:]))
	}, func(h *held) *time.Time { return &h.at })
}

// keep puts k into its place, once, as it was kept first.
func keep(ks []beside, k beside) []beside {
	return putOnce(ks, k, func(a, b beside) int {
		return compareSums(a.rec.Record().Sum(), b.rec.Record().Sum())
	}, func(k *beside) *time.Time { return &k.at })
}

// putOnce returns a copy of ks, which are in order, with k among them, at the earlier of the times of two that are the same.
func putOnce[T any](ks []T, k T, compare func(a, b T) int, at func(*T) *time.Time) []T {
	i, found := slices.BinarySearchFunc(ks, k, compare)
	ks = slices.Clone(ks)
	if !found {
		return slices.Insert(ks, i, k)
	}
	if had, now := at(&ks[i]), at(&k); now.Before(*had) {
		*had = *now
	}
	return ks
}

func compareSums(a, b [32]byte) int { return slices.Compare(a[:], b[:]) }

// Refuses returns ErrEpoch for a place of the other side that it gave up by resuming:
// above what it said that it knows, and below the epoch that it began. What is held already
// is the caller's to let through.
func (r Relationship) Refuses(n uint64) error {
	for _, h := range r.theirs {
		if h.c.endsAt(n) {
			return ErrEpoch
		}
	}
	return nil
}

// endsAt reports whether c gave up place n of its author's.
func (c Claim) endsAt(n uint64) bool {
	return c.Epoch > 0 && n > c.Sent && n < record.Place(c.Epoch, 1)
}

// Admit reports whether a claim of the other side is new here. Errors: ErrEpoch for one of an
// epoch that ended, with the first resume kept of the last one; ErrClone for another resume than the
// first kept of its epoch, with that; ErrMany where as many claims of its epoch are held as may be.
func (r Relationship) Admit(c Claim) (fresh bool, other record.Verified, err error) {
	seen, same := false, 0
	for _, h := range r.theirs {
		seen = seen || h.c.ID == c.ID
		if (h.c.Epoch == 0) == (c.Epoch == 0) && h.c.Link.Epoch() == c.Link.Epoch() {
			same++
		}
	}
	if last, ok := lastResume(r.theirs); ok && last.c.Epoch > c.Link.Epoch() {
		first, _ := firstResume(r.theirs, last.c.Epoch)
		return false, first.rec, ErrEpoch
	}
	if !seen && (c.Epoch > 0 && same >= MaxKept || same >= MaxAsks) {
		return false, record.Verified{}, ErrMany
	}
	if other, ok := r.clone(c); ok {
		return !seen, other, ErrClone
	}
	return !seen, record.Verified{}, nil
}

// lastResume returns the resume of a side's last epoch that began with one.
func lastResume(hs []held) (last held, ok bool) {
	for _, h := range hs {
		if h.c.Epoch > 0 {
			last, ok = h, true
		}
	}
	return last, ok
}

// firstResume returns the resume of an epoch that was kept first, of those kept at one time the one of the lowest id.
func firstResume(hs []held, epoch uint32) (first held, ok bool) {
	for _, h := range hs {
		if h.c.Epoch == epoch && (!ok || h.at.Before(first.at)) {
			first, ok = h, true
		}
	}
	return first, ok
}

// clone returns the resume of c's epoch that was kept before c, where there is one. Who
// made the first goes on being answered: of two that run at once one comes to its end.
func (r Relationship) clone(c Claim) (record.Verified, bool) {
	if c.Epoch == 0 {
		return record.Verified{}, false
	}
	first, ok := firstResume(r.theirs, c.Epoch)
	return first.rec, ok && first.c.ID != c.ID
}

// Clones returns, of both sides, the resumes of one epoch that there are several of.
func (r Relationship) Clones() (mine, theirs []record.Verified) {
	return several(r.mine), several(r.theirs)
}

func several(hs []held) (out []record.Verified) {
	for _, h := range hs {
		if h.c.Epoch > 0 && slices.ContainsFunc(hs, func(o held) bool { return o.c.Epoch == h.c.Epoch && o.c.ID != h.c.ID }) {
			out = append(out, h.rec)
		}
	}
	return out
}

// Resumed reports whether this party's resume of an epoch is held, or a later one's.
func (r Relationship) Resumed(epoch uint32) bool {
	return slices.ContainsFunc(r.mine, func(h held) bool { return h.c.Epoch >= epoch })
}

// Asked reports whether an ask of this party names the same already, and was answered or
// is still to be: not where the other side never answered it in an epoch that is over.
func (r Relationship) Asked(c Claim) bool {
	return slices.ContainsFunc(r.mine, func(h held) bool {
		same := h.c.Epoch == 0 && slices.Equal(h.c.LostSent, c.LostSent) && slices.Equal(h.c.LostHeld, c.LostHeld) && slices.Equal(h.c.Records, c.Records)
		return same && (r.notes[h.c.ID].kind == noteDone || h.c.Link.Epoch() >= r.Epoch())
	})
}

// asks returns how many asks of this party are of an epoch.
func (r Relationship) asks(epoch uint32) (n int) {
	for _, h := range r.mine {
		if h.c.Epoch == 0 && h.c.Link.Epoch() == epoch {
			n++
		}
	}
	return n
}

// Kept returns records of the relationship that nothing else keeps, since they contradict what it does.
func (r Relationship) Kept() (out []record.Verified) {
	for _, k := range r.kept {
		out = append(out, k.rec)
	}
	return out
}

// Parties returns whose view it is, and the other side.
func (r Relationship) Parties() (me, them record.Key) { return r.me, r.them }
