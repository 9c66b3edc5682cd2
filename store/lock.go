package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const pidFile = "store.pid"

// lock is the claim of one process on a folder. The system drops it when the process
// ends, however it ends; the file stays.
type lock struct {
	f       *os.File
	unnamed bool
}

// takeLock claims dir, or returns ErrLocked with the pid of who has it.
func takeLock(dir string) (*lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, pidFile), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, syscall.EROFS) {
		f, err = os.Open(filepath.Join(dir, pidFile))
	}
	if err != nil {
		return nil, err
	}
	l := &lock{f: f}
	if err := claim(f); err != nil {
		if errors.Is(err, errClaimed) {
			err = fmt.Errorf("%w by %s: %s", ErrLocked, l.holder(), dir)
		}
		return nil, errors.Join(err, f.Close())
	}
	// The claim holds without the name, for which a full or a read-only disk has no room.
	l.unnamed = l.write(strconv.Itoa(os.Getpid())+"\n") != nil
	return l, nil
}

// holder names the process that has the folder, as far as its file says.
func (l *lock) holder() string {
	b, err := io.ReadAll(io.NewSectionReader(l.f, 0, 32))
	pid, bad := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || bad != nil {
		return "another process"
	}
	return fmt.Sprintf("pid %d", pid)
}

func (l *lock) write(s string) error {
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err := l.f.WriteAt([]byte(s), 0)
	return err
}

// release gives the folder free.
func (l *lock) release() error {
	if l.unnamed {
		return l.f.Close()
	}
	return errors.Join(l.write(""), l.f.Close())
}
