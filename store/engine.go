package store

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/dgraph-io/badger/v4"

	"github.com/bywaynet/byway/store/internal/index"
)

// engine is the index on disk.
type engine struct {
	db    *badger.DB
	views views
}

// openEngine opens or makes the index in dir. It returns the last seq, too.
func openEngine(dir string, log *slog.Logger) (*engine, uint64, error) {
	db, err := badger.Open(index.Options(dir, log))
	if err != nil {
		return nil, 0, fmt.Errorf("open the index in %s: %w", dir, err)
	}
	e := &engine{db: db}
	seq, err := e.begin()
	if err != nil {
		return nil, 0, errors.Join(err, db.Close())
	}
	e.views.renew(db)
	return e, seq, nil
}

// close gives the files free. Nobody reads or writes any more.
func (e *engine) close() error {
	e.views.renew(nil)
	return e.db.Close()
}

// begin marks a new index with the layout's version, refuses another version, and finds the last seq.
func (e *engine) begin() (seq uint64, err error) {
	var version []byte
	err = e.db.View(func(txn *badger.Txn) error {
		r := snapshot{txn}
		if version, err = r.get(versionKey()); err != nil {
			return err
		}
		version = append([]byte(nil), version...)
		seq = r.lastSeq()
		return nil
	})
	switch {
	case err != nil:
		return 0, err
	case len(version) == 0 && seq == 0:
		return 0, e.apply(map[string][]byte{string(versionKey()): {layoutVersion}})
	case len(version) != 1 || version[0] != layoutVersion:
		return 0, fmt.Errorf("%w: %x, this program knows %d; try a newer byway", ErrLayout, version, layoutVersion)
	}
	return seq, nil
}

// apply writes rows in one transaction and returns once it is synced.
func (e *engine) apply(rows map[string][]byte) error {
	txn := e.db.NewTransaction(true)
	defer txn.Discard()
	for k, v := range rows {
		var err error
		if v == nil {
			err = txn.Delete([]byte(k))
		} else {
			err = txn.Set([]byte(k), v)
		}
		if err != nil {
			return err
		}
	}
	return txn.Commit()
}

func (e *engine) view(f func(reader) error) error {
	s := e.views.take()
	defer e.views.give(s)
	return f(snapshot{s.txn})
}

// snapshot is one consistent view of the index.
type snapshot struct{ txn *badger.Txn }

func (s snapshot) get(key []byte) (value []byte, err error) {
	item, err := s.txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	// Badger's Get made a copy of its own, so the value may leave the function.
	err = item.Value(func(v []byte) error {
		value = v[:len(v):len(v)]
		return nil
	})
	if value == nil {
		value = []byte{}
	}
	return value, err
}

func (s snapshot) scan(prefix, from []byte, each func(key, value []byte) (bool, error)) error {
	it := s.txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		var more bool
		err := it.Item().Value(func(v []byte) (err error) {
			more, err = each(it.Item().Key(), v)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func (s snapshot) lastSeq() uint64 {
	it := s.txn.NewIterator(badger.IteratorOptions{Prefix: []byte{kindFeed}, Reverse: true})
	defer it.Close()
	it.Seek(feedKey(1<<64 - 1))
	if !it.Valid() {
		return 0
	}
	return seqOf(it.Item().Key())
}

// commit makes the engine the sink of the writer.
func (e *engine) commit(b *batch) error {
	if err := e.apply(b.rows); err != nil {
		return err
	}
	e.views.renew(e.db) // before anybody is told, so that who was told reads what it wrote
	return nil
}
