package segment

import (
	"errors"
	"path/filepath"
	"syscall"

	"github.com/bywaynet/byway/store/internal/disk"
)

type prepared struct {
	number uint32
	file   disk.File
	size   int64
	err    error
}

// settle makes durable what is about to be read, before anybody is told of it: who wrote last may have
// ended between a write and its sync, or before the file's name was durable. Where that
// sync failed, what it left in the system's memory is forgotten.
func settle(o Options) error {
	files, err := survey(o)
	if err != nil {
		return err
	}
	files, _ = used(files)
	for i := len(files) - 1; i >= 0 && files[i].rank == files[len(files)-1].rank; i-- { // all before them was synced before they were begun
		file, err := o.FS.Open(filepath.Join(o.Dir, name(files[i].number)))
		if err != nil {
			return err
		}
		if err := errors.Join(file.Sync(), file.Forget(), file.Close()); err != nil {
			return err
		}
	}
	return o.FS.SyncDir(o.Dir)
}

// resume opens the last file where more may go into it, and makes the one after it ready.
func (f *Files) resume(end int64) error {
	if end > 0 {
		last := f.list[len(f.list)-1]
		file, err := f.o.FS.Open(f.path(last.Number))
		if err != nil {
			return err
		}
		f.file, f.pos, f.size = file, end, last.Size
	}
	number := f.top + 1
	if len(f.list) == 0 {
		p := f.make(number, min(firstSize, f.o.Size))
		if p.err != nil {
			return p.err
		}
		f.next <- p
		return nil
	}
	f.prepare(number)
	return nil
}

// prepare makes a file ready while others write. A disk that fails at it isn't trusted
// with the next entry either; one that is full may have room by then.
func (f *Files) prepare(number uint32) {
	f.joined.Go(func() {
		p := f.make(number, f.o.Size)
		if p.err != nil && !errors.Is(p.err, syscall.ENOSPC) {
			p.err = f.fail(p.err)
		}
		f.next <- p
	})
}

// make fills a new file with zeros, or takes one that was filled before.
func (f *Files) make(number uint32, size int64) prepared {
	for _, n := range f.blank {
		if n != number {
			continue
		}
		file, err := f.o.FS.Open(f.path(number))
		if err != nil {
			return prepared{err: err}
		}
		if had, err := file.Size(); err == nil && had >= min(size, fileHead+int64(end(MaxBody+sealCost))) {
			// Who filled it may have ended before it was durable.
			if err := errors.Join(file.Sync(), f.o.FS.SyncDir(f.o.Dir)); err != nil {
				return prepared{err: errors.Join(err, file.Close())}
			}
			return prepared{number: number, file: file, size: had}
		}
		if err := errors.Join(file.Close(), f.o.FS.Remove(f.path(number))); err != nil {
			return prepared{err: err}
		}
	}
	file, err := f.o.FS.Create(f.path(number))
	if err != nil {
		return prepared{err: err}
	}
	for at := int64(0); at < size && err == nil; at += int64(len(zeros)) {
		_, err = file.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at)
	}
	if err == nil {
		err = errors.Join(file.Sync(), f.o.FS.SyncDir(f.o.Dir))
	}
	if err != nil {
		return prepared{err: errors.Join(err, file.Close(), f.o.FS.Remove(f.path(number)))}
	}
	return prepared{number: number, file: file, size: size}
}
