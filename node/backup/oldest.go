package backup

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Oldest returns how many entries of the log were there when the oldest backup in a folder
// was made, of those that the words open. One that is damaged counts as old as the one before it, the first as 0.
// Errors: ErrNone; ErrWords where the words open none.
func Oldest(ctx context.Context, dir, words string) (uint64, error) {
	s, err := look(ctx, dir, words)
	if err != nil {
		return 0, err
	}
	upTo := map[string]uint64{}
	for _, l := range s.links {
		upTo[l.Name()] = l.UpTo.Seq
	}
	at, oldest := uint64(0), uint64(math.MaxUint64)
	for _, f := range s.files {
		if s.other[f.Name()] {
			continue
		}
		if seq, ok := upTo[f.Name()]; ok {
			at = seq
		}
		oldest = min(oldest, at)
	}
	return oldest, nil
}

// Strange says of ErrWords what Make does of a folder that another party's backups are in.
func Strange(err error) error {
	if errors.Is(err, ErrWords) {
		return fmt.Errorf("%w: the backups there belong to another party or to an earlier root; try: another folder", err)
	}
	return err
}
