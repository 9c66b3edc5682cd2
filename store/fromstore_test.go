package store_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// record.FromStore makes a Verified without checking a signature, so the store alone may call it.
func TestOnlyTheStoreReadsRecordsUnverified(t *testing.T) {
	root, inStore := "..", 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(b), "record.FromStore") {
			return err
		}
		if filepath.Dir(path) == filepath.Join(root, "store") {
			inStore++
			return nil
		}
		t.Errorf("%s calls record.FromStore: take the record from the store, or verify it", path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if inStore == 0 {
		t.Error("the store doesn't call it: this test looks for the wrong name")
	}
}
