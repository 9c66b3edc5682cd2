package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/bywaynet/byway/node/backup"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/store"
)

// tableForgetting holds one row, a forgettingRow in JSON under forgettingKey.
const tableForgetting store.Table = "forgetting"

var forgettingKey = []byte("last")

// forgettingRow says how many entries the log had when something was last forgotten: a
// backup that ends there or before may have it.
type forgettingRow struct {
	Seq uint64 `json:"seq"`
}

// forgetting returns the row; its zero where nothing was ever forgotten.
func (k keeper) forgetting(ctx context.Context) (row forgettingRow, err error) {
	b, err := k.store.Get(ctx, tableForgetting, forgettingKey)
	if errors.Is(err, store.ErrNotFound) {
		return row, nil
	}
	if err != nil {
		return row, fmt.Errorf("read when something was forgotten: %w", err)
	}
	if err := json.Unmarshal(b, &row); err != nil {
		return row, fmt.Errorf("%w: the row of what was forgotten: %w", store.ErrCorrupt, err)
	}
	return row, nil
}

func (k keeper) keepForgetting(ctx context.Context, row forgettingRow) error {
	b, err := json.Marshal(row)
	if err != nil {
		return err
	}
	if err := k.store.Put(ctx, tableForgetting, forgettingKey, b); err != nil {
		return fmt.Errorf("note that something was forgotten: %w", err)
	}
	return nil
}

// owe notes that every backup up to now has what is forgotten.
func (k keeper) owe(ctx context.Context) error {
	return k.keepForgetting(ctx, forgettingRow{Seq: k.store.TrailHead(store.LogTrail).Seq})
}

// before reports whether a backup that ends at an entry of the log is from before the last forgetting.
func (row forgettingRow) before(seq uint64) bool { return row.Seq > 0 && seq <= row.Seq }

// owe notes a forgetting before it is done, so that a crash in between leaves no backup
// that has it unsaid, and returns what takes the note back where it isn't done.
func (k keeping) owe(ctx context.Context) (takeBack func()) {
	kp, err := k.keeper()
	if err != nil {
		return func() {} // a store in memory has no backups
	}
	was, err := kp.forgetting(ctx)
	if err == nil {
		err = kp.owe(ctx)
	}
	warn := func(err error) {
		if err != nil {
			k.node.config.Log.Warn("which backups have what was forgotten can't be noted", "error", err)
		}
	}
	if warn(err); err != nil {
		return func() {} // renew notes it once more, and its answer says where it can't
	}
	return func() { warn(kp.keepForgetting(context.WithoutCancel(ctx), was)) }
}

// back writes a backup into a folder. Where older ones there have what was forgotten since, it is a full one, and they go.
func (k keeper) back(ctx context.Context, folder string, o backup.Options) (backup.Made, error) {
	was, err := k.forgetting(ctx)
	if err != nil {
		return backup.Made{}, err
	}
	oldest, err := backup.Oldest(ctx, folder, k.root.Words())
	found := err == nil
	if err != nil && !errors.Is(err, backup.ErrNone) {
		return backup.Made{}, backup.Strange(err)
	}
	if found && was.before(oldest) {
		return k.backAnew(ctx, folder, o)
	}
	m, err := backup.Make(ctx, folder, k.root.Words(), k.source(), o)
	if err != nil {
		return backup.Made{}, err
	}
	row, known, err := k.madeIn(ctx, folder)
	switch {
	case err != nil:
		return m, err
	case found:
		row.From = oldest
	case !known:
		row.From = m.UpTo.Seq
	case was.before(row.From): // those that were there before lie elsewhere now, unless somebody deleted them
		m.Why = "none is here to build on; those from before something was forgotten still have it, wherever they are now"
	}
	return m, k.note(ctx, folder, m, row.From)
}

// backAnew writes a full backup, and deletes all the older ones.
func (k keeper) backAnew(ctx context.Context, folder string, o backup.Options) (backup.Made, error) {
	r, err := backup.Renew(ctx, folder, k.root.Words(), k.source(), o)
	if r.Made.ID == "" {
		return backup.Made{}, err
	}
	if err != nil {
		err = fmt.Errorf("the backup is made, but older ones that have what was forgotten are still there: %w; try: delete them, all but %s", err, r.Made.Name())
		return r.Made, errors.Join(err, k.noteUpTo(ctx, folder, r.Made))
	}
	r.Made.Why = "something was forgotten since, so the older ones that had it are deleted: " + strings.Join(r.Deleted, ", ")
	return r.Made, k.note(ctx, folder, r.Made, r.Made.UpTo.Seq)
}

// noteUpTo notes a backup in a folder whose older ones are still there.
func (k keeper) noteUpTo(ctx context.Context, folder string, m backup.Made) error {
	row, _, err := k.madeIn(ctx, folder)
	if err != nil {
		return err
	}
	return k.note(ctx, folder, m, row.From)
}

// owed names the folders whose backups still have what was forgotten.
func (o owner) owed(ctx context.Context) (notes []localapi.Note, err error) {
	k, err := keeping(o).keeper()
	if errors.Is(err, errMemory) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	was, err := k.forgetting(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := k.made(ctx)
	for _, row := range rows {
		if was.before(row.From) {
			notes = append(notes, localapi.Note{Level: localapi.NoteNotice, Text: fmt.Sprintf(
				"the backups in %s are from before something was forgotten, and still have it: byway backup %[1]s makes a new one there and deletes them", row.Folder)})
		}
	}
	return notes, err
}
