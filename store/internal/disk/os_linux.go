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
