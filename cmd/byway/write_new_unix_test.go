//go:build unix

package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// fills writes half of a text, as a disk does that gets full.
func fills(w io.Writer) error {
	_, err := io.WriteString(w, "half a rec")
	return errors.Join(err, syscall.ENOSPC)
}

func TestAFileThatCantBeWrittenToItsEndIsntThere(t *testing.T) {
	for _, replace := range []bool{false, true} {
		dir := t.TempDir()
		name := filepath.Join(dir, "bread.byway")
		if err := writeFile(name, replace, fills); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), name) {
			t.Errorf("replace %v: %v", replace, err)
		}
		if has, err := os.ReadDir(dir); err != nil || len(has) > 0 {
			t.Errorf("replace %v: it left %v (%v)", replace, has, err)
		}
		if err := writeNew(name, []byte("a record"), replace); err != nil {
			t.Errorf("replace %v: once there is room: %v", replace, err)
		}
	}
}

func TestAFileIsReplacedOnlyWhereThatIsAskedForAndWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "bread.byway"), filepath.Join(dir, "link")
	if err := errors.Join(writeNew(name, []byte("old"), false), os.Symlink(name, link)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		err  error
		want string
	}{
		{"unasked", writeNew(name, []byte("new"), false), "old"},
		{"on a full disk", writeFile(name, true, fills), "old"},
	} {
		if b, err := os.ReadFile(name); c.err == nil || err != nil || string(b) != c.want {
			t.Errorf("%s: %v; it holds %q (%v)", c.what, c.err, b, err)
		}
	}
	if err := writeNew(link, []byte("new"), true); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "new" {
		t.Errorf("by a link: it holds %q (%v)", b, err)
	}
	if has, err := os.ReadDir(dir); err != nil || len(has) != 2 {
		t.Errorf("the folder has %v (%v)", has, err)
	}
}

// What is no plain file is written to, and stays what it is.
func TestAPipeIsWrittenTo(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	name := filepath.Join("/proc/self/fd", strconv.Itoa(int(w.Fd())))
	if _, err := os.Stat(name); err != nil {
		name = filepath.Join("/dev/fd", strconv.Itoa(int(w.Fd())))
	}
	if err := writeNew(name, []byte("a record"), true); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != "a record" {
		t.Errorf("%q, %v", b, err)
	}
}
