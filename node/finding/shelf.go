package finding

import (
	"context"
	"errors"
	"sync"

	ds "github.com/ipfs/go-datastore"
	dsync "github.com/ipfs/go-datastore/sync"
)

// maxRows bounds what strangers make a DHT server keep: cards of at most 8 KiB, and
// provider records of a few dozen bytes. At its end it serves what it has.
const maxRows = 1 << 14

// errFull says that a DHT server keeps as much as it will.
var errFull = errors.New("this node keeps no more for the DHT")

// shelf is the DHT's datastore: a map in memory with a bound. It is a cache; what is in it
// is put again by those it belongs to.
type shelf struct {
	ds.Batching

	mu   sync.Mutex
	keys map[ds.Key]struct{}
}

func newShelf() *shelf {
	return &shelf{Batching: dsync.MutexWrap(ds.NewMapDatastore()), keys: map[ds.Key]struct{}{}}
}

// Put implements ds.Write; a new key beyond the bound is refused with errFull.
func (s *shelf) Put(ctx context.Context, k ds.Key, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.keys[k]; !known && len(s.keys) >= maxRows {
		return errFull
	}
	if err := s.Batching.Put(ctx, k, value); err != nil {
		return err
	}
	s.keys[k] = struct{}{}
	return nil
}

// Delete implements ds.Write.
func (s *shelf) Delete(ctx context.Context, k ds.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, k)
	return s.Batching.Delete(ctx, k)
}

// Batch implements ds.Batching by way of Put and Delete.
func (s *shelf) Batch(context.Context) (ds.Batch, error) { return ds.NewBasicBatch(s), nil }
