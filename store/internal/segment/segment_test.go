package segment

import (
	"bytes"
	"errors"
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
