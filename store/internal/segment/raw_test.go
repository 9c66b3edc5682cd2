package segment

import (
	"bytes"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

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
