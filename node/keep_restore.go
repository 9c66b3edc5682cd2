package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bywaynet/byway/node/backup"
	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/resuming"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// ErrNotEmpty says no to a restore: it writes into a folder that is empty or not there, or that a
// restore was cut off in.
var ErrNotEmpty = errors.New("folder isn't empty")

// RestoreOptions say what is restored.
type RestoreOptions struct {
	// From is the folder of backups.
	From string
	// Words are the root's 24 words.
	Words string
	// CheckOnly reads all of it, and writes nothing.
	CheckOnly bool
	// Partial restores the latest state that is whole where the newest backup isn't.
	Partial bool
	// Progress, where set, is called now and then.
	Progress func(Progress)
}

// Restored is what a restore wrote, or would write.
type Restored struct {
	Dir string
	// Party is "person" or "organisation".
	Party string
	// Organisation is its name; empty for a person.
	Organisation string
	// Key is an organisation's.
	Key record.Key
	// Safe is where the root is kept now.
	Safe Safe
	// Backup is the name of the newest file that it took, UpTo when that was made, Files how many it took.
	Backup string
	UpTo   time.Time
	Files  int
	// Records is how many records and notes there are.
	Records uint64
	// Missing says what of a later state is damaged or missing, a line each.
	Missing []string
}

// Restore makes a node's folder, which is empty or not there, from its backups; one that a restore was
// cut off in is begun anew. All that it needs is read to the last byte before anything is written. The restored node signs
// under keys that the lost one never had, and begins a new epoch in each relationship;
// its next Start tells the counterparties, and gets back what they hold. c.Safe says
// where its root is kept. Errors: ErrWords, ErrOtherWords, ErrNoBackup, ErrIncomplete,
// ErrNotEmpty, ErrRestoring, ErrNoSafe, those of the disk: the folder is as it was.
func Restore(ctx context.Context, c Config, o RestoreOptions) (Restored, error) {
	return restore(ctx, c, o, parts.Real())
}

func restore(ctx context.Context, c Config, o RestoreOptions, ps parts.Parts) (out Restored, err error) {
	if c, err = c.withDefaults(); err != nil {
		return Restored{}, err
	}
	root, err := identity.RootFromWords(o.Words)
	if err != nil {
		return Restored{}, err
	}
	defer root.Close()
	if !o.CheckOnly {
		if err := bare(c.Dir); err != nil {
			return Restored{}, err
		}
	}
	r, err := backup.Find(ctx, o.From, root.Words(), pieces(root.Key(keyOfStore)), o.Partial, o.Progress)
	if err != nil {
		return Restored{}, err
	}
	end := r.End()
	out = Restored{Dir: c.Dir, Party: end.Party, Backup: end.Name(), UpTo: end.Made, Files: len(r.Chain), Records: end.UpTo.Mark}
	for _, p := range r.Problems {
		out.Missing = append(out.Missing, p.File+" "+p.Text)
	}
	if o.CheckOnly {
		return out, describe(ctx, root, r, &out)
	}
	at, err := c.restoring(ctx, ps.Ring)
	if err != nil {
		return Restored{}, err
	}
	if err := writeNode(ctx, c, root, r, o.Progress, ps, &out); err != nil {
		return Restored{}, errors.Join(err, at.giveUp(ctx))
	}
	return out, at.done()
}

// describe says whose node it is that isn't written.
func describe(ctx context.Context, root *identity.Root, r backup.Restorable, out *Restored) error {
	b, err := r.File(ctx, inBackupNode+partyFile, maxParty)
	if err != nil {
		return err
	}
	who, err := partyIn(b, root)
	if err != nil || who.Organisation == "" {
		return err
	}
	out.Organisation = who.Organisation
	ids, err := identity.Open(ctx, root, store.NewMemory()) // an organisation's key comes from its root alone
	if err != nil {
		return err
	}
	out.Key, err = ids.First(ctx, identity.KindOrganisation)
	return errors.Join(err, ids.Close())
}

// partyIn reads whose node a backup says it is. Errors: backup.ErrDamaged; ErrRoot where it is another root's.
func partyIn(b []byte, root *identity.Root) (who party, err error) {
	if b == nil {
		return party{}, fmt.Errorf("%w: it doesn't say whose node it is", backup.ErrDamaged)
	}
	if who, err = decodeParty(b); err != nil {
		return party{}, fmt.Errorf("%w: whose node it is: %w", backup.ErrDamaged, err)
	}
	return who, who.is(root)
}

// writeNode writes the folder: what the backups hold, then what makes it another node
// than the lost one, then where the root is, and last what it is: without that nothing starts in it.
func writeNode(ctx context.Context, c Config, root *identity.Root, r backup.Restorable, tell func(Progress), ps parts.Parts, out *Restored) (err error) {
	who, err := unpack(ctx, c, root, r, tell)
	if err != nil {
		return err
	}
	out.Organisation = who.Organisation
	from, err := filepath.Abs(r.End().File.Path)
	if err != nil {
		return err
	}
	row := madeRow{Folder: filepath.Dir(from), File: out.Backup, Made: out.UpTo, Entries: out.Records}
	if row.From, err = backup.Oldest(ctx, row.Folder, root.Words()); err != nil {
		return err
	}
	if out.Key, err = begin(ctx, c, root, who, row, ps); err != nil {
		return err
	}
	if out.Safe, err = c.safe(ps.Ring).Keep(ctx, c.Safe, root); err != nil {
		return err
	}
	return who.write(c.Dir)
}

// begin has a restored store go on where the lost one can't follow, and remembers the backup that it is from.
func begin(ctx context.Context, c Config, root *identity.Root, who party, from madeRow, ps parts.Parts) (key record.Key, err error) {
	s, err := ps.Store(ctx, filepath.Join(c.Dir, storeDir), root.Key(keyOfStore), c.Log)
	if err != nil {
		return key, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := identity.Renew(ctx, root, s); err != nil {
		return key, err
	}
	if err := resuming.Restore(ctx, s, resuming.Restored{Backup: from.File, Made: from.Made, At: ps.Now().UTC()}); err != nil {
		return key, err
	}
	if err := from.keep(ctx, s); err != nil {
		return key, err
	}
	if who.Organisation == "" {
		return key, nil
	}
	ids, err := identity.Open(ctx, root, s)
	if err != nil {
		return key, err
	}
	key, err = ids.First(ctx, identity.KindOrganisation)
	return key, errors.Join(err, ids.Close())
}

// unpack writes what the backups hold, but for partyFile, whose content it returns.
func unpack(ctx context.Context, c Config, root *identity.Root, r backup.Restorable, tell func(Progress)) (who party, err error) {
	dir := filepath.Join(c.Dir, storeDir)
	i, err := store.NewImport(ctx, dir, root.Key(keyOfStore))
	if err != nil {
		return party{}, err
	}
	t := &target{ctx: ctx, store: i, dir: c.Dir}
	err = r.Restore(ctx, t, tell)
	if err = errors.Join(err, i.Close()); err != nil {
		return party{}, err
	}
	return partyIn(t.party, root)
}

// target is the folder that a restore writes to.
type target struct {
	ctx   context.Context //nolint:containedctx // of the one call that it is made for
	store *store.Import
	dir   string
	party []byte
}

// Log implements backup.Target.
func (t *target) Log(raw []byte) error { return t.store.Add(t.ctx, store.LogTrail, raw) }

// Spool implements backup.Target.
func (t *target) Spool(raw []byte) error { return t.store.Add(t.ctx, store.SpoolTrail, raw) }

// File implements backup.Target. A file that this version doesn't know is left where a
// newer one will look for it.
func (t *target) File(name string, content io.Reader) (err error) {
	folder := t.dir
	rest, ok := strings.CutPrefix(name, inBackupNode)
	if !ok {
		rest, ok = strings.CutPrefix(name, inBackupStore)
		folder = filepath.Join(t.dir, storeDir)
	}
	if !ok || rest == "" || strings.Contains(rest, "/") || leftOut[rest] != "" {
		return fmt.Errorf("%w: a file %q", backup.ErrDamaged, name)
	}
	if folder == t.dir && rest == partyFile {
		t.party, err = io.ReadAll(io.LimitReader(content, maxParty))
		return err
	}
	f, err := os.OpenFile(filepath.Join(folder, rest), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Sync(), f.Close())
}

// maxParty bounds partyFile, in bytes: it holds a name.
const maxParty = 64 << 10
