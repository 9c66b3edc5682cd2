package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/bywaynet/byway/node/backup"
	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/internal/sumfile"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/vault"
)

// What the functions on backups say; the texts say what to do.
var (
	// ErrNoNode: there is no node in the folder.
	ErrNoNode = errors.New("no node there")
	// ErrNoBackup: there is no backup in the folder.
	ErrNoBackup = backup.ErrNone
	// ErrIncomplete: what the newest backup builds on is damaged or missing; the text names
	// it. RestoreOptions.Partial restores an earlier state.
	ErrIncomplete = backup.ErrIncomplete
	// ErrOtherWords: the backups aren't opened by these words.
	ErrOtherWords = backup.ErrWords
)

type (
	// Progress says how far a backup or a restore is.
	Progress = backup.Progress
	// BackupFile is a backup in a folder, as far as its name tells.
	BackupFile = backup.File
	// VerifiedBackups is what reading a folder of backups found.
	VerifiedBackups = backup.Verified
)

// Backups lists the backups in a folder, oldest first, without opening them. Errors: ErrNoBackup.
func Backups(folder string) ([]BackupFile, error) { return backup.List(folder) }

// VerifyBackups reads every backup in a folder to its last byte. Errors: ErrWords, where
// they are no root's; ErrOtherWords; ErrNoBackup. A damaged one is in what it returns.
func VerifyBackups(ctx context.Context, folder, words string, tell func(Progress)) (VerifiedBackups, error) {
	root, err := identity.RootFromWords(words)
	if err != nil {
		return VerifiedBackups{}, err
	}
	defer root.Close()
	return backup.Verify(ctx, folder, root.Words(), pieces(root.Key(keyOfStore)), tell)
}

// Kept is a node's folder in which no node runs, for what needs none: backups and checks.
type Kept struct {
	config Config
	who    party
	root   *identity.Root
	parts  parts.Parts
	// damaged says why who isn't known: the folder can be checked then, but not backed up.
	damaged error
	server  *localapi.Server
}

// Keep opens the folder of c; Close it. Errors: ErrNoNode, ErrCutOff, ErrRoot, ErrLockedRoot. Calls
// of the client fail with ErrLocked where a node runs in the folder.
func Keep(ctx context.Context, c Config) (*Kept, error) {
	ps := parts.Real()
	c, who, err := c.existing()
	damaged := err
	if err != nil && !errors.Is(err, sumfile.ErrDamaged) {
		return nil, err
	}
	root, _, _, err := c.openRoot(ctx, &who, ps.Ring)
	if err != nil {
		return nil, err
	}
	k := &Kept{config: c, who: who, damaged: damaged, root: root, parts: ps}
	k.server = localapi.NewServer(localapi.Services{Keeping: &localapi.Keeping{Keeper: k}}, slog.New(slog.DiscardHandler))
	return k, nil
}

// existing returns what is in the folder. Errors: ErrNoNode, ErrConfig.
func (c Config) existing() (Config, party, error) {
	c, err := c.withDefaults()
	if err != nil {
		return c, party{}, err
	}
	if err := CutOff(c.Dir); err != nil {
		return c, party{}, err
	}
	if !Initialised(c.Dir) {
		return c, party{}, fmt.Errorf("%w: %s", ErrNoNode, c.Dir)
	}
	who, err := c.party()
	return c, who, err
}

// Client returns a client of the KeepingService alone, in this process.
func (k *Kept) Client() *localapi.Client { return k.server.Client() }

// Close ends all calls and forgets the root.
func (k *Kept) Close() error {
	err := k.server.Close(context.Background())
	k.root.Close()
	return err
}

// with opens the store for one call.
func (k *Kept) with(ctx context.Context, f func(keeper) error) (err error) {
	if k.damaged != nil {
		return k.damaged
	}
	o, err := k.config.open(ctx, k.root, k.parts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	s, ok := o.store.(headed)
	if !ok {
		return errMemory
	}
	return f(keeper{config: k.config, who: k.who, root: k.root, store: s, now: k.parts.Now, one: new(sync.Mutex)})
}

// errMemory: a store in memory has no folder to back up.
var errMemory = errors.New("this node keeps everything in memory, so there is nothing to back up")

// Backup implements localapi.Keeper.
func (k *Kept) Backup(ctx context.Context, folder string, full bool, tell func(backup.Progress)) (m backup.Made, err error) {
	err = k.with(ctx, func(k keeper) error {
		m, err = k.Backup(ctx, folder, full, tell)
		return err
	})
	return m, err
}

// VerifyBackups implements localapi.Keeper.
func (k *Kept) VerifyBackups(ctx context.Context, folder string, tell func(backup.Progress)) (backup.Verified, error) {
	return keeper{root: k.root}.VerifyBackups(ctx, folder, tell)
}

// PruneBackups implements localapi.Keeper.
func (k *Kept) PruneBackups(ctx context.Context, folder string, keep int) ([]string, error) {
	return backup.Prune(ctx, folder, k.root.Words(), keep)
}

func (k *Kept) storeOptions() store.Options {
	return parts.StoreOptions(k.root.Key(keyOfStore), k.config.Log)
}

// CheckStore implements localapi.Keeper.
func (k *Kept) CheckStore(ctx context.Context, tell func(done, total int64)) (localapi.StoreCheck, error) {
	dir := filepath.Join(k.config.Dir, storeDir)
	r, err := store.Check(ctx, dir, k.storeOptions(), tell, vault.Table)
	if err != nil {
		return localapi.StoreCheck{}, err
	}
	return withFiles(checkedStore(r, vault.CheckFile(dir, k.root.Key(keyOfVault), r.Rows[vault.Table])), k.config.Dir), nil
}
