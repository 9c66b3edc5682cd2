package segment

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

// Every single bit of every file is flipped once; in short every 13th, which comes to each
// bit of a byte.
func TestNoFlippedBitGoesUnseen(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 13
	}
	origin := written(t, 20)
	ns, err := numbers(options(origin))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range ns {
		used, err := load(origin, "/log/"+name(n))
		if err != nil {
			t.Fatal(err)
		}
		for bit := 0; bit < len(used)*8; bit += step {
			if bit/8 > len(bytes.TrimRight(used, "\x00"))+100 && bit%1001 != 0 {
				continue // of the zeros at the end a few stand for all
			}
			fs := copyOf(origin)
			change(t, fs, n, func(b []byte) []byte { b[bit/8] ^= 1 << (bit % 8); return b })
			got, breaks, f := held(t, options(fs))
			if len(breaks) == 0 && !isZero(used) {
				t.Fatalf("bit %d of file %d: unseen", bit, n)
			}
			if len(got) < 19 {
				t.Fatalf("bit %d of file %d: %d entries left of 20", bit, n, len(got))
			}
			close_(t, f)
		}
	}
}

// A last file that is cut to nothing looks like one that was never used: the index knows better.
func TestNoCutGoesUnseen(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 7
	}
	origin := written(t, 20)
	for n := uint32(1); n <= 2; n++ {
		for at := 1; at < 4<<10; at += step {
			fs := copyOf(origin)
			change(t, fs, n, func(b []byte) []byte { return b[:at] })
			_, breaks, f := held(t, options(fs))
			if len(breaks) == 0 {
				t.Fatalf("file %d cut to %d bytes: unseen", n, at)
			}
			close_(t, f)
		}
	}
}

func TestAFolderThatIsntWholeIsTold(t *testing.T) {
	origin := written(t, 100)
	for _, c := range []struct {
		name string
		do   func(t *testing.T, fs *disk.Sim)
		kind BreakKind // 0: nothing is broken
		lost bool
	}{
		{"the first file gone", func(t *testing.T, fs *disk.Sim) { _ = fs.Remove("/log/" + name(1)) }, Missing, true},
		{"a file in the middle gone", func(t *testing.T, fs *disk.Sim) { _ = fs.Remove("/log/" + name(3)) }, Missing, true},
		{"a file of zeros", func(t *testing.T, fs *disk.Sim) {
			change(t, fs, 2, func(b []byte) []byte { return make([]byte, len(b)) })
		}, Damaged, true},
		{"an empty file", func(t *testing.T, fs *disk.Sim) { change(t, fs, 2, func([]byte) []byte { return []byte{} }) }, Cut, true},
		{"two files swapped", func(t *testing.T, fs *disk.Sim) {
			_ = fs.Rename("/log/"+name(2), "/log/x")
			_ = fs.Rename("/log/"+name(3), "/log/"+name(2))
			_ = fs.Rename("/log/x", "/log/"+name(3))
		}, 0, false},
		{"a file that is there twice", func(t *testing.T, fs *disk.Sim) {
			b, _ := load(fs, "/log/"+name(2))
			f, _ := fs.Create("/log/" + name(90))
			_, _ = f.WriteAt(b, 0)
		}, Damaged, false},
		{"files of others", func(t *testing.T, fs *disk.Sim) {
			_, _ = fs.Create("/log/notes.txt")
			_, _ = fs.Create("/log/2.seg")
		}, 0, false},
	} {
		fs := copyOf(origin)
		c.do(t, fs)
		got, breaks, f := held(t, options(fs))
		if c.kind == 0 != (len(breaks) == 0) || c.kind != 0 && breaks[0].Kind != c.kind {
			t.Errorf("%s: %v, want %s", c.name, breaks, c.kind)
		}
		if lost := len(got) < 100; lost != c.lost {
			t.Errorf("%s: %d entries of 100", c.name, len(got))
		}
		var named uint64
		for _, b := range breaks {
			if first, last := b.Lost(); first > 0 {
				named += last - first + 1
			}
		}
		if named != uint64(100-len(got)) {
			t.Errorf("%s: %d entries are gone, %d named: %v", c.name, 100-len(got), named, breaks)
		}
		if err := add(f, 0, 1); err != nil {
			t.Error(err)
		}
		close_(t, f)
	}
}

func TestATornTailIsLeftAndTheChainGoesOnInANewFile(t *testing.T) {
	fs := written(t, 12)
	o := options(fs)
	_, _, f := held(t, o)
	number := f.Segments()[len(f.Segments())-1].Number
	close_(t, f)
	change(t, fs, number, func(b []byte) []byte {
		n := len(bytes.TrimRight(b, "\x00"))
		clear(b[n-30 : n])
		return b
	})
	got, breaks, f := held(t, o)
	if len(got) != 11 || len(breaks) != 1 || breaks[0].Kind != Torn || !breaks[0].New || breaks[0].After.Seq != 11 {
		t.Fatalf("%d entries, %v", len(got), breaks)
	}
	if err := add(f, 3, 1); err != nil {
		t.Fatal(err)
	}
	if last := f.Segments()[len(f.Segments())-1]; last.Number != number+1 || last.First != 12 {
		t.Errorf("it went on in %+v", last)
	}
	close_(t, f)
	got, breaks, f = held(t, o)
	if len(got) != 14 || len(breaks) != 1 || breaks[0].New || breaks[0].Before.Seq != 12 {
		t.Errorf("%d entries, %v", len(got), breaks)
	}
	close_(t, f)
}

// A file that is cut within an entry ends like one that was torn: what tells is its length.
func TestACutStandsBeforeWhatItLeaves(t *testing.T) {
	origin := written(t, 20)
	for at := fileHead / 2; at < 4<<10; at++ {
		fs := copyOf(origin)
		var bare bool
		change(t, fs, 2, func(b []byte) []byte { bare = isZero(b[at-1:]); return b[:at] })
		for start := range 3 {
			got, breaks, f := held(t, options(fs))
			if len(breaks) != 1 || breaks[0].Kind != Cut || breaks[0].New != (start == 0) || breaks[0].Before.Seq > breaks[0].After.Seq+1 {
				t.Fatalf("cut to %d bytes, start %d: %v", at, start, breaks)
			}
			if b := breaks[0]; !bare && (!b.Open() || !strings.HasSuffix(b.String(), fmt.Sprintf("what was written after entry %d may be lost", b.After.Seq))) {
				t.Fatalf("cut to %d bytes with %d entries left, start %d: %v", at, len(got), start, b)
			}
			if b := breaks[0]; b.Bare && len(got) < 20 {
				t.Fatalf("cut to %d bytes: nothing is said to have been there, and %d entries are left", at, len(got))
			}
			if err := add(f, 1, 1); err != nil {
				t.Fatal(err)
			}
			close_(t, f)
		}
	}
}

func TestWhatEntriesWereLostWithIsNoTornEnd(t *testing.T) {
	fs := written(t, 100)
	change(t, fs, 2, func(b []byte) []byte { clear(b[len(b)/2:]); b[len(b)/2] = 1; return b })
	got, breaks, f := held(t, options(fs))
	defer close_(t, f)
	if len(breaks) != 1 || breaks[0].Kind != Damaged || len(got) == 100 || breaks[0].Open() {
		t.Errorf("%d entries, %v", len(got), breaks)
	}
}

func TestATornEndHidesNoFileThatIsGoneAfterIt(t *testing.T) {
	fs := written(t, 12)
	_, _, f := held(t, options(fs))
	torn := f.Segments()[len(f.Segments())-1].Number
	close_(t, f)
	change(t, fs, torn, func(b []byte) []byte { b[len(b)-1] = 1; return b })
	_, _, f = held(t, options(fs))
	if err := add(f, 3, 1); err != nil {
		t.Fatal(err)
	}
	close_(t, f)
	change(t, fs, torn+1, func([]byte) []byte { return nil })
	_, breaks, f := held(t, options(fs))
	defer close_(t, f)
	if len(breaks) != 2 || breaks[0].Kind != Torn || breaks[1].Kind != Missing || breaks[1].Segment != torn+1 || !breaks[1].Open() {
		t.Errorf("%v", breaks)
	}
}

// What is at the end of all is torn, and stays that once more was written.
func TestABreakIsTheSameAtEveryStart(t *testing.T) {
	for name, spoil := range map[string]func(b []byte, n int){
		"its last byte":      func(b []byte, n int) { b[n-1] ^= 1 },
		"its head":           func(b []byte, n int) { b[n-entryHead-len(body(1))-sealCost] ^= 1 },
		"a byte beyond":      func(b []byte, n int) { b[n+100] ^= 1 },
		"all but its length": func(b []byte, n int) { clear(b[n-end(len(body(1))+sealCost)+8 : n]) },
	} {
		fs := disk.NewSim()
		o := options(fs)
		_, _, f := held(t, o)
		if err := add(f, 1, 1); err != nil {
			t.Fatal(err)
		}
		close_(t, f)
		change(t, fs, 1, func(b []byte) []byte { spoil(b, fileHead+end(len(body(1))+sealCost)); return b })
		var first Break
		for i := range 3 {
			_, breaks, f := held(t, o)
			if len(breaks) != 1 || breaks[0].New != (i == 0) {
				t.Fatalf("%s, start %d: %v", name, i, breaks)
			}
			if i == 0 {
				first = breaks[0]
			}
			if b := breaks[0]; b.Kind != first.Kind || b.Segment != first.Segment || b.Offset != first.Offset {
				t.Errorf("%s, start %d: %v, before it was %v", name, i, b, first)
			}
			if err := add(f, 2, 1); err != nil {
				t.Fatal(err)
			}
			close_(t, f)
		}
	}
}

// What a spool's oldest file says of what came before it isn't needed to read it.
func TestDamagedHeadOfTheOldestFileLosesNothing(t *testing.T) {
	o := options(disk.NewSim())
	o.Kind = Spool
	_, _, f := held(t, o)
	if err := add(f, 100, 3); err != nil {
		t.Fatal(err)
	}
	if err := f.Drop(2); err != nil {
		t.Fatal(err)
	}
	oldest := f.Segments()[0]
	close_(t, f)
	change(t, o.FS, oldest.Number, func(b []byte) []byte { b[30] ^= 1; return b })
	got, breaks, f := held(t, o)
	defer close_(t, f)
	if len(got) != 100-int(oldest.First)+1 || len(breaks) != 1 || breaks[0].Kind != Damaged {
		t.Fatalf("%d entries, %v", len(got), breaks)
	}
	if first, last := breaks[0].Lost(); first != 0 {
		t.Errorf("entries %d to %d are told as lost", first, last)
	}
}

func TestLastFileThatIsGoneIsTold(t *testing.T) {
	fs := written(t, 30)
	_, _, f := held(t, options(fs))
	list := f.Segments()
	close_(t, f)
	last := list[len(list)-1]
	change(t, fs, last.Number, func([]byte) []byte { return nil })
	got, breaks, f := held(t, options(fs))
	want := Break{Kind: Missing, Segment: last.Number, After: Place{last.First - 1, 2 * (last.First - 1)}, New: true}
	if len(breaks) != 1 || breaks[0] != want || len(got) != int(last.First-1) {
		t.Errorf("%d entries, %+v; want %+v", len(got), breaks, want)
	}
	if err := add(f, 5, 1); err != nil {
		t.Fatal(err)
	}
	close_(t, f)
	got, breaks, f = held(t, options(fs))
	if len(breaks) > 0 || len(got) != int(last.First-1)+5 {
		t.Errorf("gone on with: %d entries, %+v", len(got), breaks)
	}
	close_(t, f)
}
