package resuming

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bywaynet/byway/store"
)

// tableResuming holds one row of this package, the Restored in JSON.
const tableResuming store.Table = "resuming"

func restoredKey() []byte { return []byte("restored") }

// Restored says which backup a node was restored from. The zero Restored is of a node that wasn't.
type Restored struct {
	// Backup is the name of the newest file that was restored, Made when that was made.
	Backup string    `json:"backup,omitempty"`
	Made   time.Time `json:"made,omitzero"`
	// At is when it was restored.
	At time.Time `json:"at,omitzero"`
	// Epoch is the one that the restore began.
	Epoch uint32 `json:"epoch,omitempty"`
	// Rises is how many more it began, since counterparties had seen another node begin the one before.
	Rises int `json:"rises,omitempty"`
}

// Rows are what a Restored is kept in, and the epochs of the store.
type Rows interface {
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Put(ctx context.Context, t store.Table, key, value []byte) error
	NextEpoch(ctx context.Context) (uint32, error)
}

// Restore has a store that was restored go on where no other node of the party can follow: in
// a new epoch. from says what it was restored from. Call it before anything is signed.
// Errors: those of the store.
func Restore(ctx context.Context, s Rows, from Restored) (err error) {
	if from.Epoch, err = s.NextEpoch(ctx); err != nil {
		return err
	}
	from.Rises = 0
	return from.keep(ctx, s)
}

func (r Restored) keep(ctx context.Context, s Rows) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.Put(ctx, tableResuming, restoredKey(), b)
}

// ReadRestored returns what Restore kept last. Errors: those of the store.
func ReadRestored(ctx context.Context, s Rows) (r Restored, err error) {
	b, err := s.Get(ctx, tableResuming, restoredKey())
	if errors.Is(err, store.ErrNotFound) {
		return Restored{}, nil
	}
	if err != nil {
		return Restored{}, err
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return Restored{}, fmt.Errorf("%w: what a restore kept: %w", store.ErrCorrupt, err)
	}
	return r, nil
}
