package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/internal/disk"
)

const (
	// Table is where the rows are: under random names, sealed.
	Table store.Table = "vault"
	// File is the name of the file of keys, in the store's folder.
	File = "vault.keys"
	// MaxFields is the most fields that a vault holds.
	MaxFields = 1000
)

// What a vault refuses. No error tells anything of a value.
var (
	// ErrNotFound: no value of that category is held.
	ErrNotFound = errors.New("no such field")
	// ErrFull: MaxFields are held. Forget one.
	ErrFull = fmt.Errorf("the vault holds %d fields, which is all it may", MaxFields)
	// ErrDamaged: the file of keys, or a row, isn't what was written. Restore the store from a backup, or call ForgetAll.
	ErrDamaged = errors.New("the vault is damaged")
	// ErrUncertain: a write of the keys failed half-way. Whether it counted shows when the vault is
	// opened again; until then nothing more is written.
	ErrUncertain = errors.New("the vault can't tell whether its keys were written; start again")
	// ErrRows: the field's key is gone for good, but the store didn't take the note of it. It does when
	// the vault is next opened.
	ErrRows = errors.New("forgotten, but its sealed row stays until the next start")
	// ErrClosed: the vault was closed.
	ErrClosed = errors.New("vault closed")
)

// Tables is where the sealed rows are kept.
type Tables interface {
	Commit(ctx context.Context, b store.Batch) error
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Scan(ctx context.Context, t store.Table, prefix, after []byte, limit int) ([]store.Row, error)
}

// Options are what Open is told.
type Options struct {
	// Key seals the file of keys. It must be the same at each start.
	Key [32]byte
	// Log is told what was mended, never a category or a value. Default: slog.Default().
	Log *slog.Logger
	// Lossy says that the store knows of writes that it lost. A key without a row is then
	// kept: its field may be lost, not forgotten, and come back with a backup.
	Lossy bool

	fs disk.FS // default: the machine's
}

// Vault holds personal fields by category. It is safe for concurrent use.
type Vault struct {
	rows Tables
	file file
	log  *slog.Logger

	mu      sync.RWMutex
	ring    ring
	damaged error // why nothing can be read; nil where all is well
	stuck   error // why nothing more is written
	closed  bool
}

// Open opens the vault whose file of keys is in dir, the folder of the store, or makes one.
// What a stop left half done is finished; where the store takes no writes that is put off. A
// damaged file is no error here: every call says ErrDamaged, until ForgetAll begins anew. Errors:
// the store's and the system's, where the rows or the file can't be read at all.
func Open(ctx context.Context, dir string, rows Tables, o Options) (*Vault, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.fs == nil {
		o.fs = disk.OS{}
	}
	v := &Vault{rows: rows, log: o.Log, file: file{fs: o.fs, dir: dir, key: o.Key, log: o.Log}}
	names, err := v.names(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	ring, found, err := v.file.load()
	switch {
	case errors.Is(err, ErrDamaged):
		v.damaged = err
	case err != nil:
		return nil, fmt.Errorf("open the vault: %w", err)
	case !found && len(names) > 0:
		v.damaged = fmt.Errorf("%w: %s is missing", ErrDamaged, File)
	default:
		v.ring = ring
		v.mend(ctx, names, found, o.Lossy)
	}
	if v.damaged != nil {
		v.log.Error("the vault's keys can't be read; the status says what helps", "file", File, "error", v.damaged)
	}
	return v, nil
}

// Check reads the file of keys of a vault that may be in use. Errors: ErrDamaged, also where
// the file is gone and rows are there; those of the store and the system.
func (v *Vault) Check(ctx context.Context) error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if err := v.readable(); err != nil {
		return err
	}
	_, found, err := v.file.load()
	if err == nil && !found && len(v.ring) > 0 {
		err = fmt.Errorf("%w: %s is missing", ErrDamaged, File)
	}
	return err
}

// CheckFile reads the file of keys of a vault that nobody has open, whose store has the
// number of rows given in Table; where it has none, a file that isn't there is no error, since the first start
// makes it. Errors: ErrDamaged, the system's.
func CheckFile(dir string, key [32]byte, rows int) error {
	_, found, err := file{fs: disk.OS{}, dir: dir, key: key}.load()
	if err == nil && !found && rows > 0 {
		err = fmt.Errorf("%w: %s is missing", ErrDamaged, File)
	}
	return err
}

// List returns the categories that values are held of, sorted. Errors: ErrDamaged, ErrClosed.
func (v *Vault) List() ([]string, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if err := v.readable(); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(v.ring)), nil
}

// Value returns what is held of a category. It is the caller's, who clears it. Errors:
// ErrNotFound, ErrDamaged, ErrClosed, the store's.
func (v *Vault) Value(ctx context.Context, category string) ([]byte, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	value, _, err := v.value(ctx, category)
	return value, err
}

// Commit returns the commitment to what is held of a category, for the agreement that has
// this nonce; the zero one where nothing is held. Errors: ErrDamaged, ErrClosed, the store's.
func (v *Vault) Commit(ctx context.Context, category string, nonce [commitment.NonceSize]byte) (commitment.Commitment, error) {
	o, err := v.Prove(ctx, category, nonce)
	if errors.Is(err, ErrNotFound) {
		return commitment.Commitment{}, nil
	}
	if err != nil {
		return commitment.Commitment{}, err
	}
	return commitment.Of(o)
}

// Prove returns the opening of what Commit returns. It fits what was committed to in that
// agreement only while the value is the one that was held then: the caller checks it. Errors:
// ErrNotFound, ErrDamaged, ErrClosed, the store's.
func (v *Vault) Prove(ctx context.Context, category string, nonce [commitment.NonceSize]byte) (commitment.Opening, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	value, f, err := v.value(ctx, category)
	if err != nil {
		return commitment.Opening{}, err
	}
	defer clear(value)
	secret, err := commitment.Secret(f.salt, nonce)
	if err != nil {
		return commitment.Opening{}, err
	}
	return commitment.Opening{Category: category, Value: string(value), Secret: secret}, nil
}

// Close forgets the keys in memory. A second Close is harmless.
func (v *Vault) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ring.clear()
	v.ring, v.closed, v.file.key = nil, true, [32]byte{}
	return nil
}

// value returns what is held of a category, with its field; v.mu is held.
func (v *Vault) value(ctx context.Context, category string) ([]byte, *field, error) {
	if err := v.readable(); err != nil {
		return nil, nil, err
	}
	f, ok := v.ring[category]
	if !ok {
		return nil, nil, fmt.Errorf("%w: %q", ErrNotFound, category)
	}
	row, err := v.rows.Get(ctx, Table, f.id[:])
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, fmt.Errorf("%w: the row of %q is missing", ErrDamaged, category)
	}
	if err != nil {
		return nil, nil, err
	}
	value, err := f.open(category, row)
	return value, f, err
}

// readable returns why nothing can be read, if so; v.mu is held.
func (v *Vault) readable() error {
	if v.closed {
		return ErrClosed
	}
	return v.damaged
}
