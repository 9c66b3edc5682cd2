package listing

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/bywaynet/byway/store"
)

// rows are the table, and over it what the store wouldn't take: on a disk that is full or
// broken the owner still sees all that was acknowledged.
type rows struct {
	store Store
	log   *slog.Logger

	turn sync.Mutex        // held by who writes
	mu   sync.RWMutex      // guards what is below, which changes by who has the turn
	over map[string][]byte // nil for a row that is gone
	keys []string          // of over, in order
}

// overRetry is up to how many rows kept in memory are offered to the store again; with
// more, they wait for the next start, which makes them again.
const overRetry = 1000

// write keeps rows, in the store or else in memory. Errors: ctx's, store.ErrClosed.
func (r *rows) write(ctx context.Context, rs []store.Row) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	err := r.commit(ctx, rs)
	if err != nil && (ctx.Err() != nil || errors.Is(err, store.ErrClosed)) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.over, r.keys = nil, nil
		return nil
	}
	if len(r.keys) == 0 {
		r.log.Warn("lines of the listing are kept in memory, since the store doesn't take them", "error", err)
		r.over = make(map[string][]byte)
	}
	for _, row := range rs {
		k := string(row.Key)
		if i, found := slices.BinarySearch(r.keys, k); !found {
			r.keys = slices.Insert(r.keys, i, k)
		}
		r.over[k] = row.Value
	}
	return nil
}

// errMuch: more is kept in memory than is offered to the store at once.
var errMuch = errors.New("the store refused too much before")

// commit offers the store rows, with all that it refused before.
func (r *rows) commit(ctx context.Context, rs []store.Row) error {
	if len(r.keys) > overRetry {
		return errMuch
	}
	all := make([]store.Row, 0, len(r.keys)+len(rs))
	for _, k := range r.keys {
		all = append(all, store.Row{Table: Table, Key: []byte(k), Value: r.over[k]})
	}
	return r.store.Commit(ctx, store.Batch{Rows: append(all, rs...)})
}

// get returns nil where there is no such row.
func (r *rows) get(ctx context.Context, key []byte) ([]byte, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if v, ok := r.over[string(key)]; ok {
		return v, nil
	}
	v, err := r.store.Get(ctx, Table, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return v, err
}

// scan returns up to limit rows whose keys begin with prefix and come after the given key.
func (r *rows) scan(ctx context.Context, prefix, after []byte, limit int) ([]store.Row, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.keys) == 0 {
		return r.store.Scan(ctx, Table, prefix, after, limit)
	}
	// So many of the store's may be gone or changed in memory.
	below, err := r.store.Scan(ctx, Table, prefix, after, min(store.MaxLimit, limit+len(r.keys)))
	if err != nil {
		return nil, err
	}
	whole := len(below) < min(store.MaxLimit, limit+len(r.keys))
	out := slices.DeleteFunc(slices.Clone(below), func(row store.Row) bool {
		_, ok := r.over[string(row.Key)]
		return ok
	})
	i, _ := slices.BinarySearch(r.keys, max(string(prefix), string(after)))
	for _, k := range r.keys[i:] {
		if !strings.HasPrefix(k, string(prefix)) {
			break
		}
		past := !whole && bytes.Compare([]byte(k), below[len(below)-1].Key) > 0
		if v := r.over[k]; v != nil && k != string(after) && !past {
			out = append(out, store.Row{Table: Table, Key: []byte(k), Value: v})
		}
	}
	slices.SortFunc(out, func(a, b store.Row) int { return bytes.Compare(a.Key, b.Key) })
	return out[:min(limit, len(out))], nil
}
