package disk

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// changes are one of each operation that can fail, on a file that holds "aa".
var changes = []struct {
	op Op
	do func(FS) error
}{
	{OpCreate, func(fs FS) error { _, err := fs.Create(folder + "/new"); return err }},
	{OpWrite, func(fs FS) error {
		return onFile(fs, func(f File) error { _, err := f.WriteAt(pages("bb"), 0); return err })
	}},
	{OpSync, func(fs FS) error { return onFile(fs, File.Sync) }},
	{OpRename, func(fs FS) error { return fs.Rename(file, folder+"/other") }},
	{OpRemove, func(fs FS) error { return fs.Remove(file) }},
	{OpSyncDir, func(fs FS) error { return fs.SyncDir(folder) }},
	{OpMakeDir, func(fs FS) error { return fs.MakeDir(folder + "/log") }},
}

func onFile(fs FS, do func(File) error) error {
	f, err := fs.Open(file)
	if err != nil {
		return err
	}
	return errors.Join(do(f), f.Close())
}

func TestFailingOperationDoesNothingButHalfAWrite(t *testing.T) {
	for _, c := range changes {
		sim := NewSim()
		write(file, "aa", 0)(t, sim)
		var asked []string
		fs := &Failing{FS: sim, Fail: func(op Op, name string) error {
			asked = append(asked, op.String()+" "+name)
			return ErrInjected
		}}
		if err := c.do(fs); !errors.Is(err, ErrInjected) {
			t.Errorf("%s: %v", c.op, err)
		}
		if len(asked) != 1 || !strings.HasPrefix(asked[0], c.op.String()+" ") || strings.Contains(asked[0], "/") {
			t.Errorf("%s: asked about %q, want the operation and the name alone", c.op, asked)
		}
		want := "aa"
		if c.op == OpWrite {
			want = "ba"
		}
		names, err := sim.Names(folder)
		if got := content(t, sim, file); got != want || err != nil || len(names) != 1 || len(sim.durable) > 0 || len(sim.made) > 0 {
			t.Errorf("%s: %q, files %q, durable %v, folders %v", c.op, got, names, sim.durable, sim.made)
		}
	}
}

func TestAtFailsTheOneOrAllFromItOn(t *testing.T) {
	for _, c := range []struct {
		forEver bool
		want    []bool
	}{{false, []bool{false, false, true, false, false}}, {true, []bool{false, false, true, true, true}}} {
		fail := At(2, c.forEver, ErrInjected)
		var got []bool
		for range c.want {
			got = append(got, fail(OpWrite, "file") != nil)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("for ever %v: %v, want %v", c.forEver, got, c.want)
		}
	}
}

func TestFailingThatIsToldNothingIsAsTheOneBelow(t *testing.T) {
	for _, c := range changes {
		sim := NewSim()
		write(file, "aa", 0)(t, sim)
		if err := c.do(&Failing{FS: sim}); err != nil {
			t.Errorf("%s: %v", c.op, err)
		}
	}
}

// The first folder that isn't durable may be far above.
func TestMakeDirSyncsEachFolderAroundWhatItMade(t *testing.T) {
	around := t.TempDir()
	top := filepath.Join(around, "top")
	for _, want := range [][]string{
		{"making of a folder top", "sync of a folder " + filepath.Base(around), "making of a folder store", "sync of a folder top", "making of a folder log", "sync of a folder store"},
		{"making of a folder log", "sync of a folder store"}, // who made it may have ended before the sync
	} {
		var got []string
		fs := &Failing{FS: OS{}, Fail: func(op Op, name string) error {
			got = append(got, op.String()+" "+name)
			return nil
		}}
		if err := MakeDir(fs, filepath.Join(top, "store", "log")+"/"); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for n := range 6 {
		dir := filepath.Join(t.TempDir(), "a", "b", "c")
		if err := MakeDir(&Failing{FS: OS{}, Fail: At(n, false, ErrInjected)}, dir); !errors.Is(err, ErrInjected) {
			t.Errorf("failure %d: %v", n, err)
		}
	}
	foreign := &Failing{FS: NewSim(), Fail: func(op Op, _ string) error {
		if op == OpSyncDir {
			return os.ErrPermission
		}
		return nil
	}}
	if err := MakeDir(foreign, folder); err != nil {
		t.Errorf("in a folder that is somebody else's: %v", err)
	}
}
