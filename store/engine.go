package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"github.com/bywaynet/byway/store/internal/index"
)

// engine is the index on disk. It isn't synced, since the log has all: after a crash it
// may lack what came last, or be damaged, and says which.
type engine struct {
	db    *badger.DB
	at    indexed
	count uint64 // transactions so far, this index's whole life long
	ahead ahead  // noted by a start that didn't get to its end
	whole bool   // the index was closed in order the last time: all of it is in tables
}

// indexed is how far the index got in both trails.
type indexed struct{ log, spool position }

// errIndex: the index isn't what it was. It is made again from the log.
var errIndex = errors.New("index is damaged")

// openEngine opens or makes the index in dir, and checks that nothing is missing from it
// but what came last. Errors: errIndex with the reason; ErrLayout.
func openEngine(dir string, key [32]byte, log *slog.Logger) (e *engine, err error) {
	logs, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil {
		return nil, err
	}
	if err := index.Verify(dir, key[:]); err != nil {
		return nil, fmt.Errorf("%w: %w", errIndex, err)
	}
	db, err := openBadger(index.Options(dir, log).WithEncryptionKey(key[:]))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errIndex, err)
	}
	e = &engine{db: db, whole: len(logs) == 0}
	if err := errors.Join(e.fitCache(), e.begin()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return e, nil
}

func openBadger(o badger.Options) (db *badger.DB, err error) {
	defer index.Recover(&err)
	return badger.Open(o)
}

// size is that of all tables, in bytes.
func (e *engine) size() (n int64) {
	for _, l := range e.db.Levels() {
		n += l.Size
	}
	return n
}

// fitCache gives the indexes of the tables as much room as they need by now.
func (e *engine) fitCache() error {
	_, err := e.db.CacheMaxCost(badger.IndexCache, index.CacheSize(e.size()))
	return err
}

// close gives the files free. Nobody reads or writes any more.
func (e *engine) close() error { return e.db.Close() }

// begin marks a new index with the layout's version, refuses another version, and looks for holes.
func (e *engine) begin() error {
	var version, at, more []byte
	err := e.db.View(func(txn *badger.Txn) (err error) {
		for key, value := range map[string]*[]byte{string(versionKey()): &version, string(positionKey()): &at, string(aheadKey()): &more} {
			if *value, err = (snapshot{txn}).get([]byte(key)); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errIndex, err)
	case version == nil && at == nil:
		return e.write(map[string][]byte{string(versionKey()): {layoutVersion}})
	case len(version) != 1 || version[0] != layoutVersion:
		return fmt.Errorf("%w: %x, this program knows %d; try a newer byway", ErrLayout, version, layoutVersion)
	}
	if e.ahead, err = decodeAhead(more); err != nil {
		return err
	}
	if e.at, e.count, err = decodePosition(at); err != nil {
		return err
	}
	if err := e.findStrange(); err != nil {
		return err
	}
	return e.findHoles()
}

// findStrange looks for rows of no kind: a damaged file of Badger's may be read with all its
// checksums right, and yet be deciphered to noise.
func (e *engine) findStrange() error {
	return e.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		for it.Rewind(); it.Valid(); {
			kind := it.Item().Key()[0]
			if !strings.ContainsRune(kinds, rune(kind)) {
				return fmt.Errorf("%w: a row of kind %d", errIndex, kind)
			}
			it.Seek([]byte{kind + 1})
		}
		return nil
	})
}

// findHoles looks at the numbers of the transactions since the index was opened the last
// time: Badger drops all of a file from a damaged entry on, and goes on with the next file.
func (e *engine) findHoles() error {
	var first, n uint64
	rows := map[string][]byte{}
	err := e.db.View(func(txn *badger.Txn) error {
		return snapshot{txn}.scan([]byte{kindMarker}, nil, func(k, _ []byte) (bool, error) {
			if n == 0 {
				first = seqOf(k)
			}
			n++
			if seqOf(k) < e.count {
				rows[string(k)] = nil
			}
			return true, nil
		})
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errIndex, err)
	}
	if e.count > 0 && (n == 0 || first+n-1 != e.count) {
		return fmt.Errorf("%w: %d of its last %d changes are gone", errIndex, e.count-first+1-n, e.count-first+1)
	}
	// They are looked at until what they stand for is in tables, which have checksums.
	for e.whole && len(rows) > 0 {
		some := map[string][]byte{}
		for k, v := range rows {
			if len(some) == maxMarkers {
				break
			}
			some[k] = v
			delete(rows, k)
		}
		if err := e.write(some); err != nil {
			return err
		}
	}
	return nil
}

// maxMarkers is how many rows of a few bytes go into one transaction.
const maxMarkers = 10_000

// write writes rows in one transaction that isn't synced.
func (e *engine) write(rows map[string][]byte) error {
	txn := e.db.NewTransaction(true)
	defer txn.Discard()
	for k, v := range rows {
		if err := set(txn, k, v); err != nil {
			return err
		}
	}
	return txn.Commit()
}

func set(txn *badger.Txn, k string, v []byte) error {
	if v == nil {
		return txn.Delete([]byte(k))
	}
	return txn.Set([]byte(k), v)
}

// apply writes a layer, how far it goes, and the number of this change, in one transaction.
func (e *engine) apply(l *layer) (err error) {
	txn := e.db.NewTransaction(true)
	defer txn.Discard()
	l.tree().Scan(func(k string, v []byte) bool {
		err = set(txn, k, v)
		return err == nil
	})
	if err != nil {
		return err
	}
	at := indexed{l.log, l.spool}
	err = errors.Join(txn.Set(positionKey(), encodePosition(at, e.count+1)), txn.Set(markerKey(e.count+1), []byte{}))
	if err != nil {
		return err
	}
	if err := txn.Commit(); err != nil {
		return err
	}
	e.at, e.count = at, e.count+1
	return e.fitCache()
}

func encodePosition(at indexed, count uint64) []byte {
	b := binary.BigEndian.AppendUint64(nil, count)
	for _, p := range []position{at.log, at.spool} {
		b = p.append(b)
	}
	return b
}

func decodePosition(b []byte) (at indexed, count uint64, err error) {
	if b == nil {
		return at, 0, nil
	}
	if len(b) != 8+2*positionSize {
		return at, 0, fmt.Errorf("%w: a position of %d bytes", errIndex, len(b))
	}
	count, b = binary.BigEndian.Uint64(b), b[8:]
	for _, p := range []*position{&at.log, &at.spool} {
		b = p.take(b)
	}
	return at, count, nil
}

// snapshot is one consistent view of the index.
type snapshot struct{ txn *badger.Txn }

func (s snapshot) get(key []byte) (value []byte, err error) {
	item, err := s.txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, damaged(err)
	}
	// Badger's Get made a copy of its own, so the value may leave the function.
	err = item.Value(func(v []byte) error {
		value = v[:len(v):len(v)]
		return nil
	})
	if value == nil {
		value = []byte{}
	}
	return value, damaged(err)
}

func (s snapshot) scan(prefix, from []byte, each func(key, value []byte) (bool, error)) error {
	it := s.txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Seek(maxBytes(prefix, from)); it.Valid(); it.Next() {
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

// damaged says of an error of the index what to do about it.
func damaged(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: the index can't be read: %w; try: byway store rebuild", ErrCorrupt, err)
}
