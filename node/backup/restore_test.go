package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bywaynet/byway/node/backup"
)

func TestTheWrongWordsOpenNothing(t *testing.T) {
	s := newShop(t)
	s.log.say("loaf1")
	s.make(false)
	for _, w := range []string{strings.Replace(words, "abandon", "zoo", 1), "", words + " ", strings.ToUpper(words)} {
		if _, err := backup.Find(t.Context(), s.dir, w, reader{}, true, nil); !errors.Is(err, backup.ErrWords) {
			t.Errorf("%q: %v", w, err)
		}
	}
}

func TestWhereThereIsNoBackupItIsSaid(t *testing.T) {
	empty := t.TempDir()
	for _, dir := range []string{empty, filepath.Join(empty, "nowhere")} {
		if _, err := backup.Find(t.Context(), dir, words, reader{}, true, nil); !errors.Is(err, backup.ErrNone) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// Every 29th byte, so that it takes a second: each kind of byte is among them.
func TestABitFlippedAnywhereIsNamedAndNothingComesBack(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 2)...)
	m := s.make(false)
	for at := 0; at < int(m.File.Size); at += 29 {
		flip(t, m.File.Path, at)
		_, err := backup.Find(t.Context(), s.dir, words, reader{}, true, nil)
		if err == nil || !errors.Is(err, backup.ErrWords) && !strings.Contains(err.Error(), m.Name()) {
			t.Errorf("byte %d: %v", at, err)
		}
		flip(t, m.File.Path, at)
	}
	if _, err := backup.Find(t.Context(), s.dir, words, reader{}, false, nil); err != nil {
		t.Errorf("mended again: %v", err)
	}
}

func TestABackupCutShortIsNamed(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 2)...)
	m := s.make(false)
	whole, err := os.ReadFile(m.File.Path)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(whole); n += 37 {
		if err := os.WriteFile(m.File.Path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Find(t.Context(), s.dir, words, reader{}, true, nil); err == nil {
			t.Errorf("the first %d bytes of %d: accepted", n, len(whole))
		}
	}
	if err := os.WriteFile(m.File.Path, append(whole, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Find(t.Context(), s.dir, words, reader{}, true, nil); err == nil {
		t.Error("a byte more: accepted")
	}
}

func TestWhatIsMissingIsSaidAndTheRestComesOnDemand(t *testing.T) {
	gone := func(i int) func(s *shop) {
		return func(s *shop) {
			if err := os.Remove(filepath.Join(s.dir, s.names()[i])); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	spoilt := func(i, at int) func(s *shop) {
		return func(s *shop) { flip(s.t, filepath.Join(s.dir, s.names()[i]), at) }
	}
	for name, c := range map[string]struct {
		spoil func(s *shop)
		names string // what the error names
		last  string // what comes back with partial; nothing where it is empty
	}{
		"the first full one, with a later":  {gone(0), "", "loaf5"},
		"the newest full one":               {gone(2), "0003-full.age is missing, and byway-20261128T101500Z-0004-part.age builds on it", "loaf2"},
		"a part in between":                 {gone(3), "0004-part.age is missing", "loaf3"},
		"the manifest of a part in between": {spoilt(3, 300), "0004-part.age is damaged", "loaf3"},
		"the log of a part in between":      {spoilt(3, 2000), "0004-part.age is damaged", "loaf3"},
		"the end of the newest":             {spoilt(4, 4000), "0005-part.age is damaged", "loaf4"},
		"the head of the newest":            {spoilt(4, 100), "0005-part.age is damaged", "loaf4"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			for i, full := range []bool{true, false, true, false, false} {
				s.log.say(texts(i+1, i+1)...)
				s.make(full)
			}
			c.spoil(s)
			_, _, err := s.restore(false)
			if c.names == "" {
				if err != nil {
					t.Fatalf("what isn't needed is missed: %v", err)
				}
				return
			}
			if !errors.Is(err, backup.ErrIncomplete) || !strings.Contains(err.Error(), c.names) {
				t.Errorf("it says %v, want %q", err, c.names)
			}
			b, r, err := s.restore(true)
			if err != nil || !strings.HasSuffix(b.texts(), c.last) || len(r.Problems) != 1 {
				t.Errorf("in part: %v, %+v", err, r.Problems)
			}
			v, err := backup.Verify(t.Context(), s.dir, words, reader{}, nil)
			if err != nil || v.Newest != nil || len(v.Problems) != 1 {
				t.Errorf("verify found %+v (%v)", v.Problems, err)
			}
		})
	}
}

func TestOneFileSwappedForAnotherIsNoticed(t *testing.T) {
	s := newShop(t)
	s.log.say("loaf1")
	one := s.make(true)
	s.log.say("loaf2")
	two := s.make(true)
	b, err := os.ReadFile(one.File.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(two.File.Path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Find(t.Context(), s.dir, words, reader{}, false, nil); !errors.Is(err, backup.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
}

func TestWhatWasForgottenDoesntComeBackFromTheFullOneBefore(t *testing.T) {
	s := newShop(t)
	s.log.say("her address, sealed")
	s.make(false)
	s.log.say("forget it")
	s.files["store/vault.keys"] = "no key"
	s.make(false)
	b, _, err := s.restore(false)
	if err != nil || b.files["store/vault.keys"] != "no key" {
		t.Errorf("the keys are %q (%v)", b.files["store/vault.keys"], err)
	}
}

func TestRenewLeavesOneBackupAndNoOther(t *testing.T) {
	s := newShop(t)
	s.log.say("her address, sealed")
	s.make(false)
	s.make(false)
	flip(t, filepath.Join(s.dir, s.make(true).Name()), 2000)
	old := s.names()
	s.files["store/vault.keys"] = "no key"
	r, err := backup.Renew(t.Context(), s.dir, words, s.source(), backup.Options{Now: s.tick})
	if err != nil || !slices.Equal(r.Deleted, old) {
		t.Fatalf("deleted %q (%v), want %q", r.Deleted, err, old)
	}
	if got := s.names(); !slices.Equal(got, []string{r.Made.Name()}) {
		t.Errorf("the folder has %q", got)
	}
	if b, _, err := s.restore(false); err != nil || b.files["store/vault.keys"] != "no key" {
		t.Errorf("the keys are %q (%v)", b.files["store/vault.keys"], err)
	}
}

func TestRenewDeletesNothingWhereTheNewOneFails(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 4)...)
	s.make(false)
	before := s.names()
	s.log.fail = errors.New("the disk is gone")
	if _, err := backup.Renew(t.Context(), s.dir, words, s.source(), backup.Options{Now: s.tick}); err == nil {
		t.Error("no error")
	}
	if got := s.names(); !slices.Equal(got, before) {
		t.Errorf("the folder has %q", got)
	}
}

func TestPruneKeepsWhatARestoreNeeds(t *testing.T) {
	s := newShop(t)
	for i, full := range []bool{true, false, true, false, true, false} {
		s.log.say(texts(i+1, i+1)...)
		s.make(full)
	}
	all := s.names()
	for _, c := range []struct{ keep, gone int }{{9, 0}, {3, 0}, {2, 2}, {1, 4}, {0, 4}} {
		if _, err := backup.Prune(t.Context(), s.dir, words, c.keep); err != nil {
			t.Fatal(err)
		}
		if got := s.names(); !slices.Equal(got, all[c.gone:]) {
			t.Errorf("keeping %d leaves %q", c.keep, got)
		}
		if b, _, err := s.restore(false); err != nil || !strings.HasSuffix(b.texts(), "loaf6") {
			t.Errorf("keeping %d: %v", c.keep, err)
		}
	}
}

func TestPruneDeletesNothingWhereTheNewestIsBroken(t *testing.T) {
	s := newShop(t)
	for range 3 {
		s.make(true)
	}
	before := s.names()
	flip(t, filepath.Join(s.dir, before[2]), 100)
	if _, err := backup.Prune(t.Context(), s.dir, words, 1); !errors.Is(err, backup.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
	if got := s.names(); !slices.Equal(got, before) {
		t.Errorf("the folder has %q", got)
	}
}
