package node

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/bywaynet/byway/node/backup"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/store"
)

// checked is what looking after a store needs beside parts.Store; *store.DB has it.
type checked interface {
	Check(ctx context.Context, p store.Progress) (store.Checked, error)
	Report(ctx context.Context) (store.Report, error)
	Findings(ctx context.Context) ([]store.Finding, error)
	Answered(ctx context.Context, at time.Time) error
}

// maxFindings is how many findings a status lists: the newest, on one screen.
const maxFindings = 10

// running's side of looking after itself. It implements localapi.Keeper.
type keeping struct{ *running }

// keeper returns what backs up this node. Errors: errMemory.
func (k keeping) keeper() (keeper, error) {
	s, ok := k.store.(headed)
	if !ok {
		return keeper{}, errMemory
	}
	return keeper{config: k.node.config, who: k.who, root: k.root, store: s, now: k.node.parts.Now, one: &k.backingUp}, nil
}

// Backup implements localapi.Keeper.
func (k keeping) Backup(ctx context.Context, folder string, full bool, tell func(backup.Progress)) (backup.Made, error) {
	kp, err := k.keeper()
	if err != nil {
		return backup.Made{}, err
	}
	return kp.Backup(ctx, folder, full, tell)
}

// VerifyBackups implements localapi.Keeper.
func (k keeping) VerifyBackups(ctx context.Context, folder string, tell func(backup.Progress)) (backup.Verified, error) {
	return keeper{root: k.root}.VerifyBackups(ctx, folder, tell)
}

// PruneBackups implements localapi.Keeper.
func (k keeping) PruneBackups(ctx context.Context, folder string, keep int) ([]string, error) {
	return keeper{root: k.root, one: &k.backingUp}.PruneBackups(ctx, folder, keep)
}

// renew is keeper.renew, and nothing where there is no folder to back up.
func (k keeping) renew(ctx context.Context) []localapi.Renewed {
	kp, err := k.keeper()
	if err != nil {
		return nil
	}
	return kp.renew(ctx)
}

// CheckStore implements localapi.Keeper.
func (k keeping) CheckStore(ctx context.Context, tell func(done, total int64)) (localapi.StoreCheck, error) {
	s, ok := k.store.(checked)
	if !ok {
		return localapi.StoreCheck{}, errMemory
	}
	if err := k.settle(ctx, s); err != nil {
		return localapi.StoreCheck{}, err
	}
	r, err := s.Check(ctx, tell)
	if err != nil {
		return localapi.StoreCheck{}, err
	}
	out := withFiles(checkedStore(r, k.vault.Check(ctx)), k.node.config.Dir)
	out.Running = true
	out.Missing, err = k.missing(ctx)
	return out, err
}

// settle gives findings their end, once nobody is left who was to send something back. A
// store that takes no writes is told so again by the next status.
func (k keeping) settle(ctx context.Context, s checked) error {
	fs, err := s.Findings(ctx)
	if err != nil || !slices.ContainsFunc(fs, func(f store.Finding) bool { return !f.Mended() }) {
		return err
	}
	if st := k.resuming.Standing(k.called); st.Waiting+st.Stopped > 0 {
		return nil
	}
	err = s.Answered(ctx, k.node.parts.Now())
	if errors.Is(err, store.ErrReadOnly) || errors.Is(err, store.ErrFull) {
		return nil
	}
	return err
}

// report says how what the node keeps is kept; nil for a store in memory.
func (k keeping) report(ctx context.Context, entries uint64) (*localapi.Kept, error) {
	s, ok := k.store.(checked)
	if !ok {
		return nil, nil
	}
	if err := k.settle(ctx, s); err != nil {
		return nil, err
	}
	r, err := s.Report(ctx)
	if err != nil {
		return nil, err
	}
	fs, err := s.Findings(ctx)
	if err != nil {
		return nil, err
	}
	out := &localapi.Kept{
		Log: r.Log, Spool: r.Spool, Index: r.Index, Lag: int64(r.Lag), Free: r.Free, Total: r.Total,
		Low: r.Low, Findings: flawsOf(fs[max(0, len(fs)-maxFindings):]), AllFindings: len(fs),
	}
	if r.ReadOnly != nil {
		out.ReadOnly = r.ReadOnly.Error()
	}
	kp, err := k.keeper()
	if err != nil {
		return nil, err
	}
	rows, err := kp.made(ctx)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.Made.After(out.LastBackup) {
			out.LastBackup, out.BackupFolder, out.Unsaved = row.Made, row.Folder, entries-min(row.Entries, entries)
		}
	}
	return out, nil
}

// Rebuild makes the index of a folder anew from its log and spool, while no node runs in
// it. Errors: ErrNoNode, ErrLocked, ErrRoot, ErrLockedRoot, those of the disk.
func Rebuild(ctx context.Context, c Config) (err error) {
	k, err := Keep(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	return store.Rebuild(ctx, filepath.Join(k.config.Dir, storeDir), k.storeOptions())
}
