package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/bywaynet/byway/node/backup"
	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/store"
)

// tableBackups holds a row for each folder that a backup was made in: sha256 of the
// folder's path → madeRow in JSON. It says how old the newest is, and where what was
// forgotten has to be forgotten, too.
const tableBackups store.Table = "backups"

// madeRow is the newest backup in one folder.
type madeRow struct {
	Folder  string    `json:"folder"`
	File    string    `json:"file"`
	Made    time.Time `json:"made"`
	Entries uint64    `json:"entries"` // records and notes in it
	// From is how many entries the log had at the oldest backup there; 0 where that isn't known.
	From uint64 `json:"from,omitempty"`
}

// The small files of a node's folder that a backup holds, and those that it doesn't, each
// with the reason; a test holds that there are no others.
var (
	backedUp = []string{partyFile, catalogFile}
	leftOut  = map[string]string{
		storeDir:          "its log, spool and keys are copied by themselves; its index is built from them",
		restoringFile:     "it says that a restore isn't done",
		"node.sock":       "it is there while the node runs",
		"root.key":        "the words are the root",
		"root.age":        "the words are the root",
		"root.keyring":    "it names an entry of this machine's keyring",
		"root.credential": "it says that this machine's systemd has the root",
	}
)

const (
	vaultFile     = "vault.keys"
	inBackupNode  = "node/"
	inBackupStore = "store/"
)

// headed is what backups need of a store beside parts.Store; *store.DB has it.
type headed interface {
	parts.Store
	// TrailHead returns where a trail of the store stands: all up to there is durable.
	TrailHead(t store.Trail) store.TrailPlace
}

// keeper backs up one folder, whose store is open.
type keeper struct {
	config Config
	who    party
	root   *identity.Root
	store  headed
	now    func() time.Time
	one    *sync.Mutex // held by a backup: two at once would take one number
}

// Backup, VerifyBackups and PruneBackups implement localapi.Keeper.
func (k keeper) Backup(ctx context.Context, folder string, full bool, tell func(backup.Progress)) (backup.Made, error) {
	if err := k.outside(folder); err != nil {
		return backup.Made{}, err
	}
	k.one.Lock()
	defer k.one.Unlock()
	return k.back(ctx, folder, backup.Options{Full: full, Now: k.now, Progress: tell})
}

func (k keeper) VerifyBackups(ctx context.Context, folder string, tell func(backup.Progress)) (backup.Verified, error) {
	return backup.Verify(ctx, folder, k.root.Words(), k.check(), tell)
}

func (k keeper) PruneBackups(ctx context.Context, folder string, keep int) ([]string, error) {
	k.one.Lock()
	defer k.one.Unlock()
	return backup.Prune(ctx, folder, k.root.Words(), keep)
}

func (k keeper) check() backup.Check { return pieces(k.root.Key(keyOfStore)) }

// outside refuses a folder that would be lost with the node's own.
func (k keeper) outside(folder string) error {
	own, err := filepath.EvalSymlinks(k.config.Dir)
	if err != nil {
		return err
	}
	at := folder
	for { // the folder itself may not be there yet
		led, err := filepath.EvalSymlinks(at)
		if err == nil {
			at = led
			break
		}
		up := filepath.Dir(at)
		if up == at || !errors.Is(err, os.ErrNotExist) {
			return localapi.Fail(localapi.BadInput, "%s can't be a folder of backups: %w", folder, err).Hint("a USB stick, or a folder that you may write to")
		}
		at = up
	}
	if rel, err := filepath.Rel(own, at); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return localapi.Fail(localapi.BadInput, "%s is in the node's own folder, and would be lost with it", folder).Hint("a USB stick, or a folder that is copied elsewhere")
	}
	return nil
}

// source is all that a backup holds.
func (k keeper) source() backup.Source {
	of := func(t store.Trail) trail {
		return trail{dir: filepath.Join(k.config.Dir, storeDir), key: k.root.Key(keyOfStore), trail: t, head: k.store.TrailHead}
	}
	src := backup.Source{Party: "person", Log: of(store.LogTrail), Spool: of(store.SpoolTrail), Check: k.check()}
	if k.who.Organisation != "" {
		src.Party = "organisation"
	}
	src.Fitting = []backup.Named{fileNamed(inBackupStore+vaultFile, filepath.Join(k.config.Dir, storeDir, vaultFile))}
	for _, name := range backedUp {
		if name == partyFile {
			src.Files = append(src.Files, backup.Named{Name: inBackupNode + name, Open: k.party})
			continue
		}
		src.Files = append(src.Files, fileNamed(inBackupNode+name, filepath.Join(k.config.Dir, name)))
	}
	return src
}

// party is partyFile as it was read at the start: damaged since, it would take the whole backup with it.
func (k keeper) party() (io.ReadCloser, int64, error) {
	b, err := k.who.sealed()
	return io.NopCloser(bytes.NewReader(b)), int64(len(b)), err
}

// fileNamed is a file that is replaced by a rename, so what is open stays whole.
func fileNamed(name, path string) backup.Named {
	return backup.Named{Name: name, Open: func() (io.ReadCloser, int64, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, 0, err
		}
		info, err := f.Stat()
		if err != nil {
			return nil, 0, errors.Join(err, f.Close())
		}
		return f, info.Size(), nil
	}}
}

// note remembers a backup that was made, and since when there are any in its folder.
func (k keeper) note(ctx context.Context, folder string, m backup.Made, from uint64) error {
	err := madeRow{Folder: folder, File: m.Name(), Made: m.Made, Entries: m.UpTo.Mark, From: from}.keep(ctx, k.store)
	if err != nil {
		return fmt.Errorf("the backup is made, but the store can't note it: %w", err)
	}
	return nil
}

func (row madeRow) keep(ctx context.Context, s parts.Store) error {
	b, err := json.Marshal(row)
	if err != nil {
		return err
	}
	key := sha256.Sum256([]byte(row.Folder))
	return s.Put(ctx, tableBackups, key[:], b)
}

// made returns the newest backup of each folder.
func (k keeper) made(ctx context.Context) (rows []madeRow, err error) {
	all, err := k.store.Scan(ctx, tableBackups, nil, nil, 0)
	if err != nil {
		return nil, fmt.Errorf("read which backups were made: %w", err)
	}
	for _, r := range all {
		var row madeRow
		if err := json.Unmarshal(r.Value, &row); err != nil {
			return nil, fmt.Errorf("%w: the row of a backup: %w", store.ErrCorrupt, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// madeIn returns the newest backup of one folder; known is whether one was ever made there.
func (k keeper) madeIn(ctx context.Context, folder string) (row madeRow, known bool, err error) {
	rows, err := k.made(ctx)
	for _, r := range rows {
		if r.Folder == folder {
			return r, true, err
		}
	}
	return row, false, err
}

// renew makes a new full backup in each folder that a backup was ever made in, and deletes
// the older ones there: what was forgotten is in none of those that it reaches.
func (k keeper) renew(ctx context.Context) (out []localapi.Renewed) {
	k.one.Lock()
	defer k.one.Unlock()
	rows, err := k.made(ctx)
	if err != nil {
		return []localapi.Renewed{{Failed: err.Error()}}
	}
	owed := k.owe(ctx)
	for _, row := range rows {
		done := localapi.Renewed{Folder: row.Folder}
		r, err := backup.Renew(ctx, row.Folder, k.root.Words(), k.source(), backup.Options{Now: k.now})
		if r.Made.ID != "" {
			done.Made, done.Deleted = r.Made.Name(), r.Deleted
			from := r.Made.UpTo.Seq
			if err != nil {
				from = row.From // older ones are still there
			}
			err = errors.Join(err, k.note(ctx, row.Folder, r.Made, from))
		} else {
			err = errors.Join(err, owed)
		}
		if err != nil {
			done.Failed = err.Error()
		}
		out = append(out, done)
	}
	return out
}
