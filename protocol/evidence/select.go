package evidence

import (
	"errors"
	"slices"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
)

// Select returns, of all records that a party holds, those that a bundle of the thread is
// made of: the thread's own, and what the two parties said to each other up to there, which
// is up to the last places that the thread's records have and name as held. It leaves out
// everything that anybody else has to do with, what no bundle has beside the thread's own, such as a second end
// by one side, and of what came before the thread the oldest, where all is too
// much for a bundle. Errors: ErrMalformed where nothing held begins the thread, and ErrStrange where own contradicts itself.
func Select(thread record.ID, own, all []record.Verified) ([]record.Verified, error) {
	b := Bundle{thread: thread, records: own}
	if err := b.begin(); err != nil {
		return nil, err
	}
	own = slices.DeleteFunc(slices.Clone(own), func(v record.Verified) bool { return !b.between(v) })
	all = slices.DeleteFunc(slices.Clone(all), func(v record.Verified) bool { return !b.between(v) })
	b.records = own
	if err := b.fold(); err != nil {
		return nil, err
	}
	made := signings{}
	for _, v := range own {
		made.add(v)
	}
	upTo := b.upTo(own, all)
	var rest []record.Verified
	for _, v := range all {
		if st := v.Statement(); st.Link().N <= upTo[st.Author()] && b.fits(v, made) {
			rest = append(rest, v)
		}
	}
	slices.SortFunc(rest, func(x, y record.Verified) int { return b.compare(y, x) }) // the latest first, below
	slices.SortStableFunc(rest, func(x, y record.Verified) int {
		back := func(v record.Verified) uint64 { return upTo[v.Statement().Author()] - v.Statement().Link().N }
		return int(min(back(x), 1<<30)) - int(min(back(y), 1<<30))
	})
	return fitting(own, rest), nil
}

// fits reports whether v can stand beside what was taken before it. What the other side contradicts
// itself with is kept, since it proves that; but one such record mustn't keep a whole bundle from being read.
func (b *Bundle) fits(v record.Verified, made signings) bool {
	if _, ok := made.clash(v); ok {
		return false
	}
	m, err := agreement.Read(v)
	if !errors.Is(err, agreement.ErrType) && (err != nil || m.Thread() == b.thread && b.apply(m) != nil) {
		return false
	}
	made.add(v)
	return true
}

// upTo returns the last place of each party's chain that the thread's records lead to.
func (b *Bundle) upTo(own, all []record.Verified) map[record.Key]uint64 {
	upTo := map[record.Key]uint64{}
	place := map[record.ID]record.Verified{}
	for _, v := range all {
		place[v.ID()] = v
	}
	for todo := slices.Clone(own); len(todo) > 0; {
		st := todo[0].Statement()
		todo = todo[1:]
		if n, by := st.Link().N, st.Author(); n > upTo[by] {
			upTo[by] = n
			if held, ok := place[st.Link().Held]; ok {
				todo = append(todo, held)
			}
		}
	}
	return upTo
}

// fitting returns own and as much of rest, in its order, as a bundle has room for beside
// the largest roster, taking and offer.
func fitting(own, rest []record.Verified) []record.Verified {
	size := frame + 3*record.MaxRecord
	var out []record.Verified
	seen := map[[32]byte]bool{}
	for i, v := range slices.Concat(own, rest) {
		sum := v.Record().Sum()
		if seen[sum] {
			continue
		}
		size += 4 + len(v.Bytes())
		if i >= len(own) && (size > MaxBundle || len(out) == MaxRecords) {
			break
		}
		seen[sum] = true
		out = append(out, v)
	}
	return out
}
