package disk

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Datasync returns once what was written to f is durable.
func Datasync(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var said error
	err = raw.Control(func(fd uintptr) {
		for said = syscall.EINTR; said == syscall.EINTR; {
			said = syscall.Fdatasync(int(fd))
		}
	})
	if err == nil && said != nil {
		err = &os.PathError{Op: "fdatasync", Path: f.Name(), Err: said}
	}
	return err
}

// Forget implements File, by posix_fadvise: pages that are clean go, and are read again.
func (f osFile) Forget() error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var said error
	err = raw.Control(func(fd uintptr) {
		for said = unix.EINTR; said == unix.EINTR; {
			said = unix.Fadvise(int(fd), 0, 0, unix.FADV_DONTNEED)
		}
	})
	if err == nil && said != nil {
		err = &os.PathError{Op: "posix_fadvise", Path: f.Name(), Err: said}
	}
	return err
}

// allocate reports false where the file system can't do it by itself.
func allocate(f *os.File, n int64) (done bool, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return false, err
	}
	var said error
	if err := raw.Control(func(fd uintptr) { said = syscall.Fallocate(int(fd), 0, 0, n) }); err != nil {
		return false, err
	}
	if said == syscall.EOPNOTSUPP || said == syscall.EINTR {
		return false, nil
	}
	return said == nil, said
}
