package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

const (
	folder = "/store"
	file   = folder + "/file"
)

// pages returns pages that hold nothing but the letters given, one letter each.
func pages(letters string) (out []byte) {
	for _, l := range []byte(letters) {
		out = append(out, bytes.Repeat([]byte{l}, simPage)...)
	}
	return out
}

// step does what a program does, and stops the test where it can't.
type step func(t *testing.T, fs FS)

func write(name, letters string, page int64) step {
	return func(t *testing.T, fs FS) {
		t.Helper()
		f, err := fs.Open(name)
		if err != nil {
			f, err = fs.Create(name)
		}
		if err == nil {
			_, err = f.WriteAt(pages(letters), page*simPage)
		}
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func flush(name string) step {
	return func(t *testing.T, fs FS) {
		t.Helper()
		f, err := fs.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func do(f func(FS) error) step {
	return func(t *testing.T, fs FS) {
		t.Helper()
		if err := f(fs); err != nil {
			t.Fatal(err)
		}
	}
}

func flushDir(dir string) step { return do(func(fs FS) error { return fs.SyncDir(dir) }) }
func makeDir(dir string) step  { return do(func(fs FS) error { return fs.MakeDir(dir) }) }

// content returns a file's letters, one for each page, or "gone".
func content(t *testing.T, fsys FS, name string) (letters string) {
	t.Helper()
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "gone"
	}
	if err != nil {
		t.Fatal(err)
	}
	size, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	for page := range slices.Chunk(b, simPage) {
		if !bytes.Equal(page, bytes.Repeat(page[:1], len(page))) {
			t.Fatalf("%s: a page of more than one write", name)
		}
		letters += string(max(page[0], '0'))
	}
	return letters
}

// leftOf returns all that a file may hold after a cut that comes after the steps.
func leftOf(t *testing.T, lax bool, steps []step) []string {
	t.Helper()
	left := map[string]bool{}
	for seed := range uint64(64) {
		sim := NewSim()
		if lax {
			sim.Lax()
		}
		for _, s := range steps {
			s(t, sim)
		}
		before := content(t, sim, file)
		left[content(t, sim.Cut(rand.New(rand.NewPCG(seed, 1))), file)] = true
		if after := content(t, sim, file); after != before {
			t.Errorf("the old one has %s after the cut, had %s", after, before)
		}
	}
	return slices.Sorted(maps.Keys(left))
}

func TestCutLeavesWhatWasSyncedAndAnythingOfTheRest(t *testing.T) {
	kept := []step{write(file, "aa", 0), flush(file), flushDir(folder)}
	other := folder + "/other"
	for name, c := range map[string]struct {
		steps []step
		want  []string
	}{
		"all synced":            {kept, []string{"aa"}},
		"bytes over them":       {append(kept[:3:3], write(file, "bb", 0)), []string{"aa", "ab", "ba", "bb"}},
		"those synced":          {append(kept[:3:3], write(file, "bb", 0), flush(file)), []string{"bb"}},
		"bytes after them":      {append(kept[:3:3], write(file, "bb", 2)), []string{"aa", "aa0b", "aab", "aabb"}},
		"a name":                {kept[:2], []string{"aa", "gone"}},
		"a name and its bytes":  {kept[:1], []string{"", "0a", "a", "aa", "gone"}},
		"a name without bytes":  {[]step{kept[0], kept[2]}, []string{"", "0a", "a", "aa"}},
		"a file that went":      {append(kept[:3:3], do(func(fs FS) error { return fs.Remove(file) })), []string{"aa", "gone"}},
		"one that went, synced": {append(kept[:3:3], do(func(fs FS) error { return fs.Remove(file) }), flushDir(folder)), []string{"gone"}},
		"another put over it": {append(kept[:3:3], write(other, "b", 0), flush(other),
			do(func(fs FS) error { return fs.Rename(other, file) })), []string{"aa", "b"}},
		"another put over it, synced": {append(kept[:3:3], write(other, "b", 0), flush(other),
			do(func(fs FS) error { return fs.Rename(other, file) }), flushDir(folder)), []string{"b"}},
		"a folder":               {append([]step{makeDir(folder)}, kept...), []string{"aa", "gone"}},
		"a folder, synced":       {append([]step{makeDir(folder), flushDir("/")}, kept...), []string{"aa"}},
		"a folder, made durable": {append([]step{do(func(fs FS) error { return MakeDir(fs, folder) })}, kept...), []string{"aa"}},
		"a folder that is there": {append([]step{makeDir(folder), flushDir("/"), makeDir(folder)}, kept...), []string{"aa"}},
	} {
		if got := leftOf(t, false, c.steps); !slices.Equal(got, c.want) {
			t.Errorf("%s: a cut leaves %q, want %q", name, got, c.want)
		}
	}
}

func TestWithSyncingOffACutLeavesAnything(t *testing.T) {
	steps := []step{makeDir(folder), flushDir("/"), write(file, "a", 0), flush(file), flushDir(folder)}
	if got, want := leftOf(t, true, steps), []string{"", "a", "gone"}; !slices.Equal(got, want) {
		t.Errorf("a cut leaves %q, want %q", got, want)
	}
}

func TestCutTakesAFolderWithAllInIt(t *testing.T) {
	inner := folder + "/log/file"
	left := map[bool]bool{}
	for seed := range uint64(32) {
		sim := NewSim()
		for _, s := range []step{makeDir(folder), makeDir(folder + "/log"), flushDir(folder), write(inner, "a", 0), flush(inner), flushDir(folder + "/log")} {
			s(t, sim)
		}
		cut := sim.Cut(rand.New(rand.NewPCG(seed, 2)))
		left[content(t, cut, inner) == "a"] = true
		if again := cut.Cut(rand.New(rand.NewPCG(seed, 3))); content(t, again, inner) != content(t, cut, inner) {
			t.Error("another cut takes what the first one left")
		}
	}
	if len(left) != 2 {
		t.Errorf("in all cuts the file was left: %v", left)
	}
}

func TestSimSaysWhatIsntThere(t *testing.T) {
	sim := NewSim()
	write(file, "a", 0)(t, sim)
	_, open := sim.Open("/none")
	_, create := sim.Create(file)
	for name, c := range map[string]struct{ got, want error }{
		"open":   {open, fs.ErrNotExist},
		"rename": {sim.Rename("/none", file), fs.ErrNotExist},
		"remove": {sim.Remove("/none"), fs.ErrNotExist},
		"create": {create, fs.ErrExist},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if names, err := sim.Names(folder); err != nil || !slices.Equal(names, []string{"file"}) {
		t.Errorf("%q, %v; want the one file", names, err)
	}
}
