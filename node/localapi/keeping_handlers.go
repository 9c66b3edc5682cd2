package localapi

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bywaynet/byway/node/backup"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
)

// Keeper looks after what a node keeps. The words are the node's own.
type Keeper interface {
	// Backup writes a backup into a folder and reads it back.
	Backup(ctx context.Context, folder string, full bool, tell func(backup.Progress)) (backup.Made, error)
	// VerifyBackups reads every backup in a folder.
	VerifyBackups(ctx context.Context, folder string, tell func(backup.Progress)) (backup.Verified, error)
	// PruneBackups deletes what a restore doesn't need, and returns the names of the files.
	PruneBackups(ctx context.Context, folder string, keep int) ([]string, error)
	// CheckStore reads every byte of the store; tell gets bytes read, and all.
	CheckStore(ctx context.Context, tell func(done, total int64)) (StoreCheck, error)
}

// StoreCheck is what reading every byte of a store found.
type StoreCheck struct {
	Entries uint64 // of the log and the spool, whole
	Bytes   int64  // read
	// Running is whether a node has the store open.
	Running bool
	Flaws   []Flaw
	// Missing are relationships in which something is known not to be here, whatever the files are like.
	Missing []Missing
}

// Kept is how what a node keeps is kept.
type Kept struct {
	Log, Spool, Index int64  // bytes on disk
	Lag               int64  // bytes of the log that the index doesn't have yet
	Free, Total       uint64 // bytes of the disk
	Low               bool   // writes are refused until there is room
	ReadOnly          string // why nothing more is written; "" where it is
	// Findings are the newest of AllFindings that the store kept.
	Findings    []Flaw
	AllFindings int
	// LastBackup is when the newest backup was made, zero for never; BackupFolder is where,
	// and Unsaved how many records and notes came since.
	LastBackup   time.Time
	BackupFolder string
	Unsaved      uint64
}

func (k *Kept) toWire() *localv1.Keeping {
	w := &localv1.Keeping{
		LogBytes: k.Log, SpoolBytes: k.Spool, IndexBytes: k.Index, LagBytes: k.Lag, Free: int64(min(k.Free, math.MaxInt64)), Total: int64(min(k.Total, math.MaxInt64)),
		Low: k.Low, ReadOnly: k.ReadOnly, FindingsTotal: uint32(k.AllFindings),
		LastBackup: stamp(k.LastBackup), BackupFolder: k.BackupFolder, Unsaved: k.Unsaved,
	}
	for _, f := range k.Findings {
		w.Flaws = append(w.Flaws, f.toWire(true))
	}
	return w
}

// Keeping serves the KeepingService. All its fields are required.
type Keeping struct {
	localv1connect.UnimplementedKeepingServiceHandler
	Keeper Keeper
}

// Backup implements the service.
func (k *Keeping) Backup(ctx context.Context, req *localv1.BackupRequest, out localv1connect.KeepingServiceBackupServerStream) error {
	if err := absolute(req.GetFolder()); err != nil {
		return err
	}
	ctx, tell := progress(ctx, func(p *localv1.KeepingProgress) error {
		return out.Send(&localv1.BackupResponse{Is: &localv1.BackupResponse_Progress{Progress: p}})
	})
	m, err := k.Keeper.Backup(ctx, req.GetFolder(), req.GetFull(), tell)
	if err != nil {
		return keepingFailure(gone(ctx, err))
	}
	b := backupToWire(m.Link)
	b.Why = m.Why
	return out.Send(&localv1.BackupResponse{Is: &localv1.BackupResponse_Backup{Backup: b}})
}

// VerifyBackups implements the service.
func (k *Keeping) VerifyBackups(ctx context.Context, req *localv1.VerifyBackupsRequest, out localv1connect.KeepingServiceVerifyBackupsServerStream) error {
	if err := absolute(req.GetFolder()); err != nil {
		return err
	}
	ctx, tell := progress(ctx, func(p *localv1.KeepingProgress) error {
		return out.Send(&localv1.VerifyBackupsResponse{Is: &localv1.VerifyBackupsResponse_Progress{Progress: p}})
	})
	v, err := k.Keeper.VerifyBackups(ctx, req.GetFolder(), tell)
	if err != nil {
		return keepingFailure(gone(ctx, err))
	}
	return out.Send(&localv1.VerifyBackupsResponse{Is: &localv1.VerifyBackupsResponse_Verified{Verified: VerifiedToWire(v)}})
}

// PruneBackups implements the service.
func (k *Keeping) PruneBackups(ctx context.Context, req *localv1.PruneBackupsRequest) (*localv1.PruneBackupsResponse, error) {
	if err := absolute(req.GetFolder()); err != nil {
		return nil, err
	}
	names, err := k.Keeper.PruneBackups(ctx, req.GetFolder(), int(req.GetKeep()))
	if err != nil {
		return nil, keepingFailure(err)
	}
	return &localv1.PruneBackupsResponse{Deleted: names}, nil
}

// CheckStore implements the service.
func (k *Keeping) CheckStore(ctx context.Context, _ *localv1.CheckStoreRequest, out localv1connect.KeepingServiceCheckStoreServerStream) error {
	ctx, tell := progress(ctx, func(p *localv1.KeepingProgress) error {
		return out.Send(&localv1.CheckStoreResponse{Is: &localv1.CheckStoreResponse_Progress{Progress: p}})
	})
	c, err := k.Keeper.CheckStore(ctx, func(done, total int64) {
		tell(backup.Progress{Step: "checking", Done: uint64(done), Total: uint64(total)})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return Fail(NotFound, "the folder has no store: what the node kept is gone from here").Hint("byway restore BACKUPDIR --dir EMPTYDIR")
	}
	if err != nil {
		return gone(ctx, err)
	}
	return out.Send(&localv1.CheckStoreResponse{Is: &localv1.CheckStoreResponse_Check{Check: c.toWire()}})
}

// progress returns what tells the caller how far it is, and a context that ends once
// nobody listens any more.
func progress(ctx context.Context, send func(*localv1.KeepingProgress) error) (context.Context, func(backup.Progress)) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func(p backup.Progress) {
		if err := send(&localv1.KeepingProgress{Step: string(p.Step), Done: p.Done, Total: p.Total}); err != nil {
			cancel(err)
		}
	}
}

// gone returns why a call was given up, where it was.
func gone(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		return cause
	}
	return err
}

// absolute refuses a folder that the node would look for somewhere else than the caller.
func absolute(folder string) error {
	if filepath.IsAbs(folder) {
		return nil
	}
	return Fail(BadInput, "the folder %q isn't named from the root", folder).Hint("its whole path")
}

// keepingFailure turns what backups say into a Failure.
func keepingFailure(err error) error {
	switch {
	case errors.Is(err, backup.ErrNone):
		return Fail(NotFound, "%w", err).Hint("byway backup DIR")
	case errors.Is(err, backup.ErrIncomplete):
		return Fail(Failed, "%w", err).Hint("byway backup --full DIR, for a new one that builds on none")
	}
	return err
}

// backupToWire returns a backup as it travels.
func backupToWire(l backup.Link) *localv1.Backup {
	return &localv1.Backup{
		File: l.Name(), Folder: filepath.Dir(l.File.Path), Full: l.File.Full, Bytes: l.File.Size, Made: timestamppb.New(l.Made),
		Entries: l.UpTo.Mark, Added: l.UpTo.Mark - min(l.After.Mark, l.UpTo.Mark),
	}
}

// VerifiedToWire returns what reading a folder of backups found, as it travels.
func VerifiedToWire(v backup.Verified) *localv1.VerifiedBackups {
	w := &localv1.VerifiedBackups{Restorable: v.Newest != nil}
	for _, l := range v.Whole {
		w.Whole = append(w.Whole, backupToWire(l))
	}
	for _, p := range v.Problems {
		w.Bad = append(w.Bad, &localv1.BadBackup{File: p.File, Text: p.Text})
	}
	return w
}
