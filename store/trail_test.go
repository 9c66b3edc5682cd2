package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bywaynet/byway/store/internal/segment"
)

var trailKey = [32]byte{1, 2, 3}

// tell writes entries to a trail in dir, each in a write of its own, and returns where it stands.
func tell(t *testing.T, dir string, tr Trail, texts ...string) TrailPlace {
	t.Helper()
	f, _, err := segment.Open(t.Context(), tr.options(dir, trailKey), func(segment.Entry) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		at, _ := f.Head()
		if _, err := f.Append(segment.Pending{Sealed: f.Sealer().Seal([]byte(text)), Mark: at.Mark + 2}); err != nil {
			t.Fatal(err)
		}
	}
	at, hash := f.Head()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return TrailPlace{at.Seq, at.Mark, hash}
}

// told returns the texts of a trail, and where it stands.
func told(t *testing.T, dir string, tr Trail) (texts []string, at TrailPlace) {
	t.Helper()
	_, err := segment.Scan(t.Context(), tr.options(dir, trailKey), 0, 0, func(e segment.Entry) error {
		texts, at = append(texts, string(e.Body)), TrailPlace{e.Seq, e.Mark, e.Hash}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts, at
}

// carry copies a trail from one folder to a new one, in the given steps.
func carry(t *testing.T, from, to string, tr Trail, stops ...TrailPlace) (lost uint64) {
	t.Helper()
	i, err := NewImport(t.Context(), to, trailKey)
	if err != nil {
		t.Fatal(err)
	}
	var at, followed TrailPlace
	for _, stop := range stops {
		n, err := CopyTrail(t.Context(), from, trailKey, tr, at, stop, func(raw []byte, last TrailPlace) error {
			var err error
			if followed, _, err = FollowTrail(trailKey, tr, followed, raw); err != nil || followed != last {
				t.Errorf("followed to %+v (%v), want %+v", followed, err, last)
			}
			return i.Add(t.Context(), tr, raw)
		})
		if err != nil {
			t.Fatal(err)
		}
		at, lost = stop, lost+n
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	return lost
}

func TestATrailThatWasCarriedIsTheSame(t *testing.T) {
	for _, tr := range []Trail{LogTrail, SpoolTrail} {
		from, to := t.TempDir(), filepath.Join(t.TempDir(), "new")
		one := tell(t, from, tr, "bread", "rolls")
		two := tell(t, from, tr, "cake", string(make([]byte, 1<<20)), string(make([]byte, 1<<20)), string(make([]byte, 1<<20)), string(make([]byte, 1<<20)), "tart")
		if lost := carry(t, from, to, tr, one, one, two); lost != 0 {
			t.Errorf("%d lost", lost)
		}
		was, at := told(t, from, tr)
		is, there := told(t, to, tr)
		if !slices.Equal(was, is) || at != there || len(is) != 8 {
			t.Errorf("%d entries up to %+v came, want %d up to %+v", len(is), there, len(was), at)
		}
		if holds, err := HoldsTrail(t.Context(), to, trailKey, tr, one); err != nil || !holds {
			t.Errorf("the copy doesn't lead through %+v (%v)", one, err)
		}
		if after := tell(t, to, tr, "more"); after.Seq != at.Seq+1 {
			t.Errorf("it goes on with %d, want %d", after.Seq, at.Seq+1)
		}
	}
}

func TestADamagedEntryIsCountedAndTheRestCarried(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "new")
	end := tell(t, from, LogTrail, "bread", "rolls that are to be damaged", "cake")
	spoilEntry(t, from, LogTrail, 2)
	if lost := carry(t, from, to, LogTrail, end); lost != 1 {
		t.Errorf("%d lost, want 1", lost)
	}
	if is, at := told(t, to, LogTrail); !slices.Equal(is, []string{"bread", "cake"}) || at != end {
		t.Errorf("%q came, up to %+v", is, at)
	}
	if holds, err := HoldsTrail(t.Context(), from, trailKey, LogTrail, TrailPlace{Seq: 2}); err != nil || holds {
		t.Errorf("a damaged place is held (%v)", err)
	}
}

func TestATrailWhoseEndIsDamagedIsntCopied(t *testing.T) {
	dir := t.TempDir()
	end := tell(t, dir, LogTrail, "bread", "rolls")
	spoilEntry(t, dir, LogTrail, 2)
	_, err := CopyTrail(t.Context(), dir, trailKey, LogTrail, TrailPlace{}, end, func([]byte, TrailPlace) error { return nil })
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

// spoilEntry changes a byte of what entry n says.
func spoilEntry(t *testing.T, dir string, tr Trail, n uint64) {
	t.Helper()
	var file string
	var at int64
	o := tr.options(dir, trailKey)
	if _, err := segment.Scan(t.Context(), o, n, n, func(e segment.Entry) error {
		file, at = filepath.Join(o.Dir, fmt.Sprintf("%08d.seg", e.Segment)), e.Offset+70
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoTrailIsRefused(t *testing.T) {
	dir := t.TempDir()
	one := tell(t, dir, LogTrail, "bread", "rolls")
	two := tell(t, dir, LogTrail, "cake")
	raw := func(after, upTo TrailPlace) (out []byte) {
		if _, err := CopyTrail(t.Context(), dir, trailKey, LogTrail, after, upTo, func(b []byte, _ TrailPlace) error {
			out = append(out, b...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	all, tail := raw(TrailPlace{}, two), raw(one, two)
	changed := bytes.Clone(all)
	changed[len(changed)/2] ^= 1
	other := one
	other.Hash[0] ^= 1
	for name, c := range map[string]struct {
		key   [32]byte
		after TrailPlace
		raw   []byte
	}{
		"a bit changed":       {trailKey, TrailPlace{}, changed},
		"its end cut off":     {trailKey, TrailPlace{}, all[:len(all)-1]},
		"the same twice":      {trailKey, two, all},
		"after another entry": {trailKey, other, tail},
		"another key":         {[32]byte{9}, TrailPlace{}, all},
		"no entries":          {trailKey, TrailPlace{}, []byte("bread and rolls and cake, and that is all there is to be said about it")},
	} {
		if at, _, err := FollowTrail(c.key, LogTrail, c.after, c.raw); !errors.Is(err, ErrCorrupt) || at != c.after {
			t.Errorf("%s: %+v (%v)", name, at, err)
		}
	}
	if at, n, err := FollowTrail(trailKey, LogTrail, one, tail); err != nil || at != two || n != 1 {
		t.Errorf("the control: %+v, %d (%v)", at, n, err)
	}
}

func TestAnImportTakesNoFolderThatHasAStore(t *testing.T) {
	dir := t.TempDir()
	tell(t, dir, SpoolTrail, "letter")
	if _, err := NewImport(t.Context(), dir, trailKey); !errors.Is(err, ErrLayout) {
		t.Errorf("got %v", err)
	}
}

func TestACopyEndsWithItsCaller(t *testing.T) {
	dir := t.TempDir()
	end := tell(t, dir, LogTrail, "bread")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := CopyTrail(ctx, dir, trailKey, LogTrail, TrailPlace{}, end, func([]byte, TrailPlace) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
