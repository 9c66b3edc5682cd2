package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bywaynet/byway/node/backup"
	"github.com/bywaynet/byway/node/identity/safe"
)

// restoringFile lies in a folder from before a restore writes anything else to it until all is
// there. What has it and no partyFile was left by a restore that was cut off.
const restoringFile = "restoring"

var (
	// ErrCutOff says that a restore was cut off in the folder. Restore into it once more, which begins anew, or delete it.
	ErrCutOff = errors.New("a restore was cut off here")
	// ErrRestoring says that another restore writes to the folder. Wait for it.
	ErrRestoring = errors.New("another restore writes there")
)

// CutOff returns ErrCutOff where a restore into a folder was cut off, else nil.
func CutOff(dir string) error {
	_, missing := os.Lstat(filepath.Join(dir, restoringFile))
	if missing != nil || Initialised(dir) {
		return nil //nolint:nilerr // no mark, no restore that was cut off
	}
	return fmt.Errorf("%w: %s; try: byway restore BACKUPDIR, which begins anew there; or delete %[2]s, then the restore", ErrCutOff, dir)
}

// restoring is a folder that a restore writes to.
type restoring struct {
	dir  string
	safe safe.Safe
	made bool // by the restore
	mark *os.File
}

// restoring claims the folder, which is empty then: what a restore that was cut off left is
// removed. Errors: ErrNotEmpty, ErrRestoring, those of the disk and of what keeps a root.
func (c Config) restoring(ctx context.Context, ring safe.Ring) (r *restoring, err error) {
	_, err = os.Stat(c.Dir)
	r = &restoring{dir: c.Dir, safe: c.safe(ring), made: errors.Is(err, fs.ErrNotExist)}
	if err := bare(c.Dir); err != nil { // once more: reading the backups took its time
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := c.close(true); err != nil {
		return nil, err
	}
	if r.mark, err = os.OpenFile(filepath.Join(c.Dir, restoringFile), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	if held, known := backup.Lock(r.mark); known && !held {
		return nil, errors.Join(fmt.Errorf("%w: %s; try: the same once it has ended", ErrRestoring, c.Dir), r.mark.Close())
	}
	if _, err = r.mark.WriteString("A restore writes to this folder. Where none runs, it was cut off: begin it anew.\n"); err == nil {
		err = r.mark.Sync()
	}
	if err == nil {
		err = r.empty(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, r.mark.Close())
	}
	return r, nil
}

// done ends a restore that went well.
func (r *restoring) done() error {
	return errors.Join(r.mark.Close(), os.Remove(r.mark.Name()))
}

// giveUp takes back what a restore wrote that failed.
func (r *restoring) giveUp(ctx context.Context) error {
	err := errors.Join(r.empty(context.WithoutCancel(ctx)), r.mark.Close()) // whatever ended the restore
	if err != nil {
		return err
	}
	err = os.Remove(r.mark.Name())
	if r.made && err == nil {
		err = os.Remove(r.dir)
	}
	return err
}

// empty removes all but the mark, which says until the end that the rest is to be removed.
func (r *restoring) empty(ctx context.Context) error {
	if err := r.safe.Remove(ctx); err != nil { // a keyring has it elsewhere
		return err
	}
	names, err := os.ReadDir(r.dir)
	for _, n := range names {
		if n.Name() != restoringFile {
			err = errors.Join(err, os.RemoveAll(filepath.Join(r.dir, n.Name())))
		}
	}
	return err
}

// bare refuses a folder that has anything in it which no restore left that was cut off.
func bare(dir string) error {
	names, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	begun := CutOff(dir) != nil
	for _, n := range names {
		if !begun || !ours(n.Name()) {
			return fmt.Errorf("%w: %s has %s; try: a new folder with --dir", ErrNotEmpty, dir, n.Name())
		}
	}
	return nil
}

// ours reports whether a restore makes a file of that name.
func ours(name string) bool {
	return name == partyFile || name == catalogFile || leftOut[name] != "" || strings.HasPrefix(name, partyFile+".") || strings.HasPrefix(name, ".root-")
}
