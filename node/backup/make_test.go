package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/bywaynet/byway/node/backup"
)

func TestAFullAndItsPartsBringTheWholeLogBack(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 5)...)
	s.spool.say("letter1")
	s.make(false)
	s.log.say(texts(6, 6)...)
	s.make(false)
	s.make(false) // nothing new
	s.log.say(texts(7, 12)...)
	s.spool.say("letter2")
	s.files["node/catalog.json"] = "[]"
	s.make(false)

	want := []string{"byway-20261125T101500Z-0001-full.age", "byway-20261126T101500Z-0002-part.age", "byway-20261127T101500Z-0003-part.age", "byway-20261128T101500Z-0004-part.age"}
	if got := s.names(); !slices.Equal(got, want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
	b, r, err := s.restore(false)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.texts(), strings.Join(texts(1, 12), " "); got != want {
		t.Errorf("the log is %q, want %q", got, want)
	}
	if at, err := check(backup.Place{}, b.spool.Bytes()); err != nil || at.Seq != 2 {
		t.Errorf("the spool has %d letters (%v), want 2, each once", at.Seq, err)
	}
	if b.files["node/catalog.json"] != "[]" || len(b.files) != 3 {
		t.Errorf("the files are %q", b.files)
	}
	if r.End().UpTo.Mark != 24 || r.End().Party != "organisation" || len(r.Chain) != 4 {
		t.Errorf("it says %+v", r.End())
	}
}

// Without any of this program: age with the words, tar, sha256sum.
func TestStockToolsOpenABackup(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 3)...)
	m := s.make(false)
	f, err := os.Open(m.File.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	id, err := age.NewScryptIdentity(words)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(f, id)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]byte{}
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if got[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	lines := 0
	for line := range strings.Lines(string(got["SHA256SUMS"])) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if sum != fmt.Sprintf("%x", sha256.Sum256(got[name])) {
			t.Errorf("%s doesn't have the sum %s", name, sum)
		}
		lines++
	}
	if lines != len(got)-1 || got["manifest.json"] == nil || got["log/00000002"] == nil {
		t.Errorf("there are %d files and %d sums", len(got), lines)
	}
}

func TestABackupWhileTheNodeWritesEndsWhereItBegan(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 6)...)
	s.log.while = func() { s.log.say("later") }
	s.make(false)
	b, _, err := s.restore(false)
	if err != nil || b.texts() != strings.Join(texts(1, 6), " ") {
		t.Fatalf("got %q (%v)", b.texts(), err)
	}
	s.make(false)
	if b, _, err = s.restore(false); err != nil || !strings.HasSuffix(b.texts(), "loaf6 later") {
		t.Errorf("the next one has %q (%v)", b.texts(), err)
	}
}

// Her address changes: a row under a new key, the new key in the place of the old, the old row gone.
func TestTheKeysAreThoseOfTheMomentWhenTheLogEnds(t *testing.T) {
	s := newShop(t)
	s.files["store/vault.keys"] = "1"
	s.log.say("row1")
	step := 0
	s.reads = func() {
		if step++; step == 1 {
			s.log.say("row2")
			s.files["store/vault.keys"] = "2"
			s.log.say("no row1")
		}
	}
	s.make(false)
	b, _, err := s.restore(false)
	if err != nil {
		t.Fatal(err)
	}
	if key := b.files["store/vault.keys"]; !strings.Contains(b.texts(), "row"+key) || strings.Contains(b.texts(), "no row"+key) {
		t.Errorf("the key %q, and the log %q", key, b.texts())
	}
	if step < 4 {
		t.Errorf("it was read %d times, want twice before and twice after it changed", step)
	}
}

func TestAKilledBackupLeavesNothingThatARestoreTakes(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 6)...)
	s.make(false)
	s.log.say(texts(7, 12)...)
	before := s.names()
	broken := errors.New("the disk is gone")
	s.log.fail = broken
	if _, err := backup.Make(t.Context(), s.dir, words, s.source(), backup.Options{Now: s.tick}); !errors.Is(err, broken) {
		t.Errorf("a log that can't be read: %v", err)
	}
	s.log.fail = nil
	ctx, cancel := context.WithCancel(t.Context())
	s.log.while = cancel
	if _, err := backup.Make(ctx, s.dir, words, s.source(), backup.Options{Now: s.tick}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if got := s.names(); !slices.Equal(got, before) {
		t.Errorf("the folder has %q, want %q", got, before)
	}
	// A power cut leaves the temporary file itself: cut anywhere, it is no backup.
	whole, err := os.ReadFile(s.dir + "/" + before[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.dir+"/.byway-backup-1", whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if b, r, err := s.restore(false); err != nil || len(r.Chain) != 1 || !strings.HasSuffix(b.texts(), "loaf6") {
		t.Errorf("restored %d backups (%v)", len(r.Chain), err)
	}
}

func TestWhatADiskSpoiltIsNotReportedAsABackup(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 6)...)
	src := s.source()
	src.Check = reader{spoil: true}
	if _, err := backup.Make(t.Context(), s.dir, words, src, backup.Options{Now: s.tick}); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("got %v", err)
	}
	if got := s.names(); len(got) > 0 {
		t.Errorf("the folder has %q", got)
	}
}

func TestEntriesThatTheCopyLeftOutAreNoticed(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 6)...)
	s.log.lost = 1 // so it says, and all six come
	if _, err := backup.Make(t.Context(), s.dir, words, s.source(), backup.Options{Now: s.tick}); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestBackupsAreNeverOverwritten(t *testing.T) {
	s := newShop(t)
	s.log.say("loaf1")
	first := s.make(false)
	whole, err := os.ReadFile(first.File.Path)
	if err != nil {
		t.Fatal(err)
	}
	taken := strings.Replace(first.File.Path, "20261125T101500Z-0001-full", "20261126T101500Z-0002-part", 1)
	s.log.while = func() { // another program takes the name first
		if err := os.WriteFile(taken, []byte("theirs"), 0o600); err != nil {
			t.Error(err)
		}
	}
	s.log.say("loaf2")
	if _, err := backup.Make(t.Context(), s.dir, words, s.source(), backup.Options{Now: s.tick}); err == nil || !strings.Contains(err.Error(), "never overwritten") {
		t.Errorf("got %v", err)
	}
	for path, want := range map[string][]byte{first.File.Path: whole, taken: []byte("theirs")} {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s changed (%v)", path, err)
		}
	}
	if n := len(s.names()); n != 2 {
		t.Errorf("%d files", n)
	}
}

func TestBackupsAreTheOwnersAlone(t *testing.T) {
	s := newShop(t)
	m := s.make(false)
	for path, want := range map[string]os.FileMode{s.dir: 0o700, m.File.Path: 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, want %v (%v)", path, info.Mode().Perm(), want, err)
		}
	}
}

func TestWhenABackupIsFull(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s *shop)
		why   string
		full  bool
	}{
		"a part where it can":      {func(*shop) {}, "", false},
		"the log went another way": {func(s *shop) { s.log = new(tale).say(texts(7, 9)...) }, "another way", true},
		"the log lost its end":     {func(s *shop) { s.log = new(tale).say("loaf1") }, "another way", true},
		"the last one is damaged":  {func(s *shop) { flip(s.t, s.dir+"/"+s.names()[1], 200) }, "", true},
		"its full one is gone": {func(s *shop) {
			if err := os.Remove(s.dir + "/" + s.names()[0]); err != nil {
				s.t.Fatal(err)
			}
		}, "", true},
		"many parts": {func(s *shop) {
			for range backup.PartsPerFull - 1 {
				s.make(false)
			}
		}, "30 parts", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.log.say(texts(1, 3)...)
			s.make(false)
			s.log.say(texts(4, 5)...)
			s.make(false)
			c.spoil(s)
			s.log.say("loaf6")
			m := s.make(false)
			if m.File.Full != c.full || !strings.Contains(m.Why, c.why) || c.why == "" && m.Why != "" {
				t.Errorf("full is %v because %q", m.File.Full, m.Why)
			}
			b, _, err := s.restore(false)
			if err != nil || !strings.HasSuffix(b.texts(), "loaf6") {
				t.Errorf("it doesn't come back: %v", err)
			}
		})
	}
}

func TestAnotherPartysFolderIsLeftAlone(t *testing.T) {
	s := newShop(t)
	s.make(false)
	before := s.names()
	other := strings.Replace(words, "abandon", "zoo", 1)
	if _, err := backup.Make(t.Context(), s.dir, other, s.source(), backup.Options{}); !errors.Is(err, backup.ErrWords) || !strings.Contains(err.Error(), "try: another folder") {
		t.Errorf("got %v", err)
	}
	if got := s.names(); !slices.Equal(got, before) {
		t.Errorf("the folder has %q", got)
	}
}
