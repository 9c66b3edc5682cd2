package segment

import (
	"errors"
	"testing"

	"github.com/bywaynet/byway/store/internal/disk"
)

func TestAnEntryThatNoReaderWouldTakeIsRefused(t *testing.T) {
	o := options(disk.NewSim())
	_, _, f := held(t, o)
	for what, s := range map[string]Sealed{"too large": f.Sealer().Seal(make([]byte, MaxBody+1)), "never sealed": {}} {
		before, hash := f.Head()
		if _, err := f.Append(Pending{f.Sealer().Seal(body(1)), 2}, Pending{s, 4}); !errors.Is(err, ErrSize) {
			t.Errorf("%s: %v, want ErrSize", what, err)
		}
		if at, h := f.Head(); at != before || h != hash {
			t.Errorf("%s: the head went to %+v", what, at)
		}
	}
	if err := add(f, 3, 1); err != nil {
		t.Error(err)
	}
	close_(t, f)
	got, breaks, f := held(t, o)
	if len(got) != 3 || len(breaks) > 0 {
		t.Errorf("%d entries, %v", len(got), breaks)
	}
	close_(t, f)
}
