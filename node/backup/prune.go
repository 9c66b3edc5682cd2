package backup

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/bywaynet/byway/node/internal/durable"
)

// Prune deletes backups that a restore doesn't need: those before the keep-th newest
// full one, at least the first. It deletes nothing where the newest chain isn't whole by
// the heads of its files. It returns the names of what it deleted.
func Prune(ctx context.Context, dir, words string, keep int) ([]string, error) {
	s, err := look(ctx, dir, words)
	if err != nil {
		return nil, err
	}
	if _, err := s.newest(); err != nil {
		return nil, fmt.Errorf("nothing is deleted: %w", err)
	}
	first := uint32(0)
	for i, n := len(s.links)-1, 0; i >= 0; i-- {
		if l := s.links[i]; l.full() {
			if n++; n == max(keep, 1) {
				first = l.Number
				break
			}
		}
	}
	return remove(dir, s.files, func(f File) bool { return f.Number < first && !s.other[f.Name()] })
}

// remove deletes the files that are picked, lowest number first, each that it can.
func remove(dir string, files []File, pick func(File) bool) (names []string, err error) {
	for _, f := range files {
		if !pick(f) {
			continue
		}
		if e := os.Remove(f.Path); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
			continue
		}
		names = append(names, f.Name())
	}
	return names, errors.Join(err, durable.SyncDir(dir))
}

// Renewed is what Renew did.
type Renewed struct {
	Made    Made
	Deleted []string
}

// Renew makes a full backup in a folder, and deletes every earlier one there that the
// words open, damaged ones too: what was forgotten is in none of those that are left. It
// deletes nothing unless the new one is whole.
// Errors: as for Make; ErrNone where the folder has no backups, which are then nowhere to forget.
func Renew(ctx context.Context, dir, words string, src Source, o Options) (Renewed, error) {
	old, err := look(ctx, dir, words)
	if err != nil {
		return Renewed{}, err
	}
	o.Full = true
	made, err := Make(ctx, dir, words, src, o)
	if err != nil {
		return Renewed{}, err
	}
	names, err := remove(dir, old.files, func(f File) bool { return !old.other[f.Name()] })
	return Renewed{Made: made, Deleted: names}, err
}
