package disk

import (
	"os"
	"syscall"
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
