package segment

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

func TestEntriesComeBackInOrderOverManyFiles(t *testing.T) {
	fs := disk.NewSim()
	for i := range 4 {
		got, breaks, f := held(t, options(fs))
		if len(got) != 40*i || len(breaks) > 0 {
			t.Fatalf("%d entries, breaks %v; want %d and none", len(got), breaks, 40*i)
		}
		if err := add(f, 40, 7); err != nil {
			t.Fatal(err)
		}
		if last, _ := f.Head(); last.Seq != uint64(40*(i+1)) {
			t.Errorf("head at %d", last.Seq)
		}
		close_(t, f)
	}
	_, _, f := held(t, options(fs))
	defer close_(t, f)
	if n := len(f.Segments()); n < 5 {
		t.Errorf("%d files: it never went on to the next", n)
	}
}

func TestALargeEntryFits(t *testing.T) {
	fs := disk.NewSim()
	o := options(fs)
	o.Size = 0
	f, _, err := Open(t.Context(), o, func(Entry) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte{1, 2, 3}, MaxBody/3)
	for range 6 {
		if _, err := f.Append(Pending{f.Sealer().Seal(large), 0}); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range f.Segments() {
		b, err := load(o.FS, f.path(i.Number))
		if h, _, ok := decodeHead(b); err != nil || !ok || h.size != uint64(len(b)) {
			t.Errorf("file %d has %d bytes, its head says %d (%v)", i.Number, len(b), h.size, err)
		}
	}
	close_(t, f)
	n := 0
	f, breaks, err := Open(t.Context(), o, func(e Entry) error {
		if n++; !bytes.Equal(e.Body, large) {
			return errors.New("another body")
		}
		return nil
	})
	if n != 6 || len(breaks) > 0 || err != nil {
		t.Fatal(n, breaks, err)
	}
	close_(t, f)
}

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
		{"an empty file", func(t *testing.T, fs *disk.Sim) { change(t, fs, 2, func([]byte) []byte { return []byte{} }) }, Damaged, true},
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

func TestAnotherKeyIsRefused(t *testing.T) {
	o := options(written(t, 10))
	o.Key[0]++
	if _, _, err := Open(t.Context(), o, func(Entry) error { return nil }); !errors.Is(err, ErrKey) {
		t.Errorf("%v, want ErrKey", err)
	}
	o = options(written(t, 10))
	o.Kind = Spool
	if _, _, err := Open(t.Context(), o, func(Entry) error { return nil }); !errors.Is(err, ErrKey) {
		t.Errorf("as a spool: %v, want ErrKey", err)
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

func TestDropTakesTheOldestFilesWhole(t *testing.T) {
	o := options(disk.NewSim())
	o.Kind = Spool
	_, _, f := held(t, o)
	if err := add(f, 100, 3); err != nil {
		t.Fatal(err)
	}
	third := f.Segments()[2]
	if err := f.Drop(2); err != nil {
		t.Fatal(err)
	}
	close_(t, f)
	got, breaks, f := held(t, o)
	if len(got) != 100-int(third.First)+1 || got[third.First-1] || !got[third.First] || len(breaks) > 0 {
		t.Errorf("%d entries, %v", len(got), breaks)
	}
	if err := f.Drop(1 << 20); err != nil || len(f.Segments()) != 1 {
		t.Errorf("%v: %d files left, want the one that is written to", err, len(f.Segments()))
	}
	close_(t, f)
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

func TestWhatIsCopiedIsPastedWhole(t *testing.T) {
	fs := written(t, 100)
	var all bytes.Buffer
	first, err := Copy(t.Context(), options(fs), 1, 60, &all)
	if err != nil || first.First.Seq != 1 || first.Last.Seq != 60 {
		t.Fatal(first, err)
	}
	rest, err := Copy(t.Context(), options(fs), 61, 0, &all)
	if err != nil || rest.First.Seq != 61 || rest.Last.Seq != 100 {
		t.Fatal(rest, err)
	}
	other := options(disk.NewSim())
	_, _, f := held(t, other)
	c, err := Paste(t.Context(), f, bytes.NewReader(all.Bytes()))
	if err != nil || c.Last != rest.Last || c.Hash != rest.Hash || c.Bytes != int64(all.Len()) {
		t.Fatalf("%+v, %v; want the head of %+v", c, err, rest)
	}
	if err := add(f, 5, 1); err != nil {
		t.Fatal(err)
	}
	close_(t, f)
	got, breaks, f := held(t, other)
	if len(got) != 105 || len(breaks) > 0 {
		t.Error(len(got), breaks)
	}
	close_(t, f)
}

func TestWhatCopyDidNotWriteIsntPasted(t *testing.T) {
	var all bytes.Buffer
	if _, err := Copy(t.Context(), options(written(t, 3)), 1, 0, &all); err != nil {
		t.Fatal(err)
	}
	for i := range all.Len() * 8 {
		b := bytes.Clone(all.Bytes())
		b[i/8] ^= 1 << (i % 8)
		_, _, f := held(t, options(disk.NewSim()))
		if _, err := Paste(t.Context(), f, bytes.NewReader(b)); err == nil {
			t.Fatalf("bit %d flipped: taken", i)
		}
		close_(t, f)
	}
	for n := range all.Len() {
		_, _, f := held(t, options(disk.NewSim()))
		c, err := Paste(t.Context(), f, bytes.NewReader(all.Bytes()[:n]))
		if err == nil && c.Bytes != int64(n) {
			t.Fatalf("cut to %d bytes: taken as %d", n, c.Bytes)
		}
		close_(t, f)
	}
}

func TestScanBesideAppendSeesWhatIsDurable(t *testing.T) {
	fs := written(t, 30)
	_, _, f := held(t, options(fs))
	defer close_(t, f)
	for _, c := range []struct{ from, through, want uint64 }{{0, 0, 30}, {1, 12, 12}, {13, 30, 18}, {31, 0, 0}, {29, 0, 2}} {
		var n uint64
		breaks, err := Scan(t.Context(), options(fs), c.from, c.through, func(e Entry) error { n++; return nil })
		if n != c.want || err != nil || len(breaks) > 0 {
			t.Errorf("%d to %d: %d entries, %v, %v", c.from, c.through, n, breaks, err)
		}
	}
}

func TestScanThatStopsEarlyTellsOfBreaks(t *testing.T) {
	fs := written(t, 30)
	change(t, fs, 1, func(b []byte) []byte { b[fileHead+entryHead] ^= 1; return b })
	var first Break
	for _, through := range []uint64{0, 30, 12} {
		breaks, err := Scan(t.Context(), options(fs), 0, through, func(Entry) error { return nil })
		if err != nil || len(breaks) != 1 || breaks[0].Kind != Damaged || breaks[0].Before.Seq != 2 {
			t.Errorf("through %d: %v, %v; want entry 1 told", through, breaks, err)
			continue
		}
		if first == (Break{}) {
			first = breaks[0]
		}
		if breaks[0] != first {
			t.Errorf("through %d: %v, want %v", through, breaks[0], first)
		}
	}
}

func TestNothingAppendedIsLostToACut(t *testing.T) {
	if n := cutting(t, false); n > 0 {
		t.Errorf("%d times something acknowledged was lost", n)
	}
	if n := cutting(t, true); n == 0 {
		t.Error("control: with syncing off nothing was lost, so this tests nothing")
	}
}

// cutting writes, cuts the power, opens again, and goes on; it returns how often something was lost.
func cutting(t *testing.T, lax bool) (lost int) {
	t.Helper()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 2))
		fs := disk.NewSim()
		if lax {
			fs.Lax()
		}
		acked := map[uint64]bool{}
		for range 8 {
			got, _, f := held(t, options(fs))
			for seq := range acked {
				if !got[seq] {
					lost++
				}
			}
			if lost > 0 {
				close_(t, f)
				break
			}
			before, _ := f.Head()
			if err := add(f, r.IntN(40), 1+r.IntN(9)); err != nil {
				t.Fatal(err)
			}
			after, _ := f.Head()
			for seq := before.Seq + 1; seq <= after.Seq; seq++ {
				acked[seq] = true
			}
			fs = during(fs, f, r)
			if lax {
				fs.Lax()
			}
		}
	}
	return lost
}

// during cuts the power in the middle of one more write, and closes the old files.
func during(fs *disk.Sim, f *Files, r *rand.Rand) *disk.Sim {
	torn := &disk.Failing{FS: fs, Fail: func(disk.Op, string) error { return disk.ErrInjected }}
	if f.file != nil {
		if file, err := torn.Open(f.path(f.top)); err == nil {
			f.file = file
		}
	}
	_ = add(f, 1+r.IntN(9), 9)
	left := fs.Cut(r)
	_ = f.Close()
	return left
}

func TestAfterTheFirstFailureNothingIsAcknowledged(t *testing.T) {
	for n := 0; ; n++ {
		sim := disk.NewSim()
		asked := 0
		fail := disk.At(n, false, disk.ErrInjected)
		fs := &disk.Failing{FS: sim, Fail: func(op disk.Op, name string) error { asked++; return fail(op, name) }}
		f, _, err := Open(t.Context(), options(fs), func(Entry) error { return nil })
		if err != nil {
			continue // the very first file couldn't be made: nothing was acknowledged
		}
		acked := uint64(0)
		var failed error
		for range 60 {
			if err := add(f, 1, 1); err != nil {
				failed = err
				if !errors.Is(err, ErrFailed) {
					t.Fatalf("failure %d: %v", n, err)
				}
				continue
			}
			if failed != nil {
				t.Fatalf("failure %d: acknowledged after %v", n, failed)
			}
			last, _ := f.Head()
			acked = last.Seq
		}
		_ = f.Close()
		got, _, again := held(t, options(sim.Cut(rand.New(rand.NewPCG(uint64(n), 3)))))
		for seq := uint64(1); seq <= acked; seq++ {
			if !got[seq] {
				t.Fatalf("failure %d: entry %d of %d acknowledged is lost", n, seq, acked)
			}
		}
		close_(t, again)
		if asked <= n {
			break // there is no such operation any more
		}
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
