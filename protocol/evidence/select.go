package evidence

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
)

// Select returns, of all records that a party holds, those that a bundle of the thread is
// made of: the thread's own, and what the two parties said to each other up to there, which
// is up to the last places that the thread's records have and name as held. What is kept about the thread
// comes as own, and may be in all too. It leaves out
// everything that anybody else has to do with, of two records that no bundle has beside each other, such as two ends
// by one side, the one that nobody acknowledged, and of what came before the thread the oldest, where all is too
// much for a bundle. Errors: ErrMalformed where nothing held begins the thread.
func Select(thread record.ID, own, all []record.Verified) ([]record.Verified, error) {
	b := Bundle{thread: thread, held: agreement.For(agreement.First), records: slices.Concat(own, all)}
	if err := b.begin(); err != nil {
		return nil, err
	}
	b.records = slices.DeleteFunc(b.records, func(v record.Verified) bool { return !b.between(v) })
	b.sort()
	ranked, made := b.ranked(), signings{}
	var of, rest []record.Verified
	for _, c := range ranked {
		if c.turn < passing && b.fits(c, made) {
			of = append(of, c.rec)
		}
	}
	if b.held.ID() != thread {
		return nil, fmt.Errorf("%w: %s begins no agreement", ErrMalformed, thread.Short())
	}
	upTo := b.upTo(of)
	for _, c := range ranked {
		if st := c.rec.Statement(); c.turn == passing && st.Link().N <= upTo[st.Author()] && b.fits(c, made) {
			rest = append(rest, c.rec)
		}
	}
	slices.SortFunc(rest, func(x, y record.Verified) int { return b.compare(y, x) }) // the latest first, below
	slices.SortStableFunc(rest, func(x, y record.Verified) int {
		back := func(v record.Verified) uint64 { return upTo[v.Statement().Author()] - v.Statement().Link().N }
		return cmp.Compare(back(x), back(y))
	})
	return fitting(of, rest), nil
}

// candidate is a record that may go in.
type candidate struct {
	rec  record.Verified
	m    agreement.Message // the zero Message where it is of another protocol
	turn int
	told bool // the other side has acknowledged these very bytes
}

// ranked lists the records in the order in which they go in: what belongs to the thread before the rest, what was
// acknowledged before what wasn't, else in the order of a bundle. What no bundle has isn't among them.
func (b *Bundle) ranked() []candidate {
	type word struct {
		by  agreement.Side
		sum [32]byte
	}
	var out []candidate
	told := map[word]bool{}
	for _, v := range b.records {
		m, err := agreement.Read(v)
		if err != nil && !errors.Is(err, agreement.ErrType) {
			continue
		}
		for _, r := range m.Received {
			told[word{m.By, r.Sum}] = true
		}
		out = append(out, candidate{rec: v, m: m, turn: b.turn(m)})
	}
	for i, c := range out {
		out[i].told = told[word{c.m.By.Other(), c.rec.Record().Sum()}]
	}
	slices.SortStableFunc(out, func(x, y candidate) int {
		if x.turn != y.turn || x.told == y.told {
			return cmp.Compare(x.turn, y.turn)
		}
		if x.told {
			return -1
		}
		return 1
	})
	return out
}

// turn says when m goes in.
func (b *Bundle) turn(m agreement.Message) int {
	names := func(r agreement.Received) bool { return r.Proffer == b.thread }
	switch {
	case m.Kind == agreement.KindReceipt && slices.ContainsFunc(m.Received, names):
		return acknowledging
	case m.Kind == 0 || m.Thread() != b.thread:
		return passing
	}
	return turn(m)
}

// fits takes c where it can stand beside what was taken before. What the other side contradicts
// itself with is kept, since it proves that; but one such record mustn't keep a whole bundle from being read.
func (b *Bundle) fits(c candidate, made signings) bool {
	if _, ok := made.clash(c.rec); ok {
		return false
	}
	if c.turn < acknowledging && b.apply(c.m) != nil {
		return false
	}
	made.add(c.rec)
	return true
}

// upTo returns the last place of each party's chain that the thread's records have, or that
// those and what they lead to name as held.
func (b *Bundle) upTo(of []record.Verified) map[record.Key]uint64 {
	upTo, seen := map[record.Key]uint64{}, map[record.ID]bool{}
	place := map[record.ID]record.Verified{}
	for _, v := range b.records {
		place[v.ID()] = v
	}
	for todo := slices.Clone(of); len(todo) > 0; {
		v := todo[0]
		todo = todo[1:]
		if v.IsZero() || seen[v.ID()] {
			continue
		}
		seen[v.ID()] = true
		l, by := v.Statement().Link(), v.Statement().Author()
		upTo[by] = max(upTo[by], l.N)
		todo = append(todo, place[l.Held])
	}
	return upTo
}

// fitting returns own and as much of rest, in its order, as a bundle has room for beside
// the largest roster, taking and offer.
func fitting(own, rest []record.Verified) []record.Verified {
	size := frame + 3*record.MaxRecord
	out := own
	for _, v := range own {
		size += 4 + len(v.Bytes())
	}
	for _, v := range rest {
		size += 4 + len(v.Bytes())
		if size > MaxBundle || len(out) == MaxRecords {
			break
		}
		out = append(out, v)
	}
	return out
}
