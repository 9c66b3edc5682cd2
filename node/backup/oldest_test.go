package backup_test

import (
	"errors"
	"os"
	"testing"

	"github.com/bywaynet/byway/node/backup"
)

func TestTheOldestBackupIsTheOneFromTheLeastOfTheLog(t *testing.T) {
	s := newShop(t)
	oldest := func(want uint64) {
		t.Helper()
		if got, err := backup.Oldest(t.Context(), s.dir, words); err != nil || got != want {
			t.Errorf("the oldest has %d entries (%v), want %d", got, err, want)
		}
	}
	if _, err := backup.Oldest(t.Context(), s.dir, words); !errors.Is(err, backup.ErrNone) {
		t.Errorf("no folder: %v", err)
	}
	s.log.say(texts(1, 6)...)
	first := s.make(false)
	s.log.say("loaf7")
	second := s.make(false)
	oldest(6)
	if err := os.Truncate(second.File.Path, second.File.Size/8); err != nil {
		t.Fatal(err)
	}
	oldest(6) // a damaged one is as old as the one before it
	s.log.say("loaf8")
	s.make(true)
	if err := os.Remove(first.File.Path); err != nil {
		t.Fatal(err)
	}
	oldest(0) // one that nothing is known of may be from any time
	if err := os.Remove(second.File.Path); err != nil {
		t.Fatal(err)
	}
	oldest(8)
}
