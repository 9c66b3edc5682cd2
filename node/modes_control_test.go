//go:build unix

package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// The control of the test on what a node makes: the same walk, with the same umask, finds what was
// made without care, or it shows nothing.
func TestWhatIsMadeWithoutCareIsReadableByOthers(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	all, open := othersReach(t, dir, func() {
		folder := filepath.Join(dir, "store")
		err := errors.Join(
			os.MkdirAll(folder, 0o777), os.WriteFile(filepath.Join(folder, "log"), nil, 0o666), os.WriteFile(filepath.Join(dir, "group"), nil, 0o640),
			os.WriteFile(filepath.Join(dir, "root.key"), nil, 0o600),
		)
		if err != nil {
			t.Fatal(err)
		}
	})
	if all != 5 || len(open) != 3 {
		t.Errorf("it finds %q among %d, want the folder and two files among 5", open, all)
	}
}
