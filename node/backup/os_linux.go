package backup

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget drops the file from the page cache, so that reading it back reads the disk.
// Where it can't, reading back finds less, and nothing else changes.
func forget(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
