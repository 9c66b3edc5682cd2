package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/bywaynet/byway/store/internal/segment"
)

// checkIndex reads an index that nobody has open: every table, what it knew of the trails,
// and what starts met.
func (c *Checked) checkIndex(dir string, o Options) error {
	r := &room{fs: orOS(o.FS), dir: dir}
	if r.dire() {
		c.Index = r.look()
		c.merge(nil)
		return nil
	}
	e, err := openEngine(filepath.Join(dir, indexDir), o.Key, logOf(o))
	if errors.Is(err, ErrLayout) {
		return err
	}
	if err != nil {
		c.Index = fmt.Errorf("%w; try: byway store rebuild", err)
		c.merge(nil)
		return nil
	}
	known, err := e.kept()
	if err != nil {
		c.Index = damaged(err)
	}
	for _, t := range []Trail{LogTrail, SpoolTrail} {
		at, noted := e.at.log, e.ahead.log
		if t == SpoolTrail {
			at, noted = e.at.spool, e.ahead.spool
		}
		if noted.seq > at.seq {
			at = noted
		}
		if at.seq > c.last[t] {
			b := segment.Break{After: segment.Place{Seq: c.last[t]}, Before: segment.Place{Seq: at.seq + 1}, Offset: int64(at.seq), New: true}
			c.flaws = append(c.flaws, flaw{Break: b, trail: t, kind: map[Trail]FindingKind{LogTrail: FoundAhead, SpoolTrail: FoundLetters}[t], knew: at})
		}
	}
	c.merge(known)
	return e.close()
}

// kept returns what starts met, by their keys in table store.
func (e *engine) kept() (rows []Row, err error) {
	err = e.db.View(func(txn *badger.Txn) error {
		prefix := rowKey(tableStore, []byte(findingPrefix))
		return snapshot{txn}.scan(prefix, nil, func(k, v []byte) (bool, error) {
			rows = append(rows, Row{tableStore, slices.Clone(k[len(rowPrefix(tableStore)):]), slices.Clone(v)})
			return true, nil
		})
	})
	return rows, err
}

// merge puts together what starts met and what was found now; one that is both is told once.
func (c *Checked) merge(known []Row) {
	met := map[string]bool{}
	for _, r := range known {
		f, err := findingOf(r)
		if err != nil {
			c.Index = damaged(err)
			continue
		}
		met[string(r.Key)] = true
		c.Faults = append(c.Faults, f)
	}
	for _, l := range c.flaws {
		if !met[string(l.key())] {
			c.Faults = append(c.Faults, l.finding())
		}
	}
}
