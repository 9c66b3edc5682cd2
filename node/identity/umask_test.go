//go:build unix

package identity

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/bywaynet/byway/store"
)

// The umask is the process's: no test of this package runs in parallel.
func TestRootFileIs0600WhateverTheUmask(t *testing.T) {
	for _, mask := range []int{0, 0o022, 0o177} {
		file := filepath.Join(t.TempDir(), "root")
		old := syscall.Umask(mask)
		i, err := Open(t.Context(), file, store.NewMemory())
		syscall.Umask(old)
		if err != nil {
			t.Fatalf("umask %04o: %v", mask, err)
		}
		i.Close()
		info, err := os.Stat(file)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("umask %04o: mode %v, %v", mask, info.Mode(), err)
		}
	}
}
