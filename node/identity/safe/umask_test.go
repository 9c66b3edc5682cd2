//go:build unix

package safe

import (
	"os"
	"syscall"
	"testing"
)

// The umask is the process's: no test of this package runs in parallel.
func TestFilesAreOfMode0600WhateverTheUmask(t *testing.T) {
	for _, mask := range []int{0, 0o022, 0o177} {
		for _, k := range kinds {
			root := newRoot(t)
			s := everything(t, root)
			old := syscall.Umask(mask)
			_, err := s.Keep(t.Context(), k, root)
			syscall.Umask(old)
			if err != nil {
				t.Fatalf("%s, umask %04o: %v", k, mask, err)
			}
			has, err := os.ReadDir(s.Dir)
			if err != nil || len(has) != 1 {
				t.Fatalf("%s: %v, %v", k, has, err)
			}
			info, err := has[0].Info()
			if err != nil || info.Mode() != 0o600 {
				t.Errorf("%s, umask %04o: mode %v, %v", k, mask, info.Mode(), err)
			}
		}
	}
}
