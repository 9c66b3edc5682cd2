package disk

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Datasync returns once what was written to f is durable.
func Datasync(f *os.File) error { return control(f, "fdatasync", unix.Fdatasync) }

// Forget implements File, by posix_fadvise: pages that are clean go, and are read again. Some
// kernels, file systems and sandboxes don't know or allow it, which is no failure of the disk.
func (f osFile) Forget() error {
	err := control(f.File, "posix_fadvise", func(fd int) error { return unix.Fadvise(fd, 0, 0, unix.FADV_DONTNEED) })
	for _, unable := range []error{unix.ENOSYS, unix.EINVAL, unix.ESPIPE, unix.EOPNOTSUPP, unix.EPERM} {
		if errors.Is(err, unable) {
			return nil
		}
	}
	return err
}

// control makes a system call, again where a signal came between.
func control(f *os.File, name string, call func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var said error
	err = raw.Control(func(fd uintptr) {
		for said = unix.EINTR; errors.Is(said, unix.EINTR); {
			said = call(int(fd))
		}
	})
	if err == nil && said != nil {
		err = &os.PathError{Op: name, Path: f.Name(), Err: said}
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
