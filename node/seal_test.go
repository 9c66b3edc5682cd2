package node

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/bywaynet/byway/node/internal/parts"
)

// memoryRing is a keyring in memory.
type memoryRing map[string]string

func (r memoryRing) Set(service, user, secret string) error {
	r[service+user] = secret
	return nil
}

func (r memoryRing) Get(service, user string) (string, error) {
	if s, ok := r[service+user]; ok {
		return s, nil
	}
	return "", keyring.ErrNotFound
}

func (r memoryRing) Delete(service, user string) error {
	delete(r, service+user)
	return nil
}

func withRing(r memoryRing) parts.Parts {
	p := parts.Real()
	p.Ring = r
	return p
}

// files are the names and contents right in a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	has, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range has {
		if f.Type().IsRegular() {
			b, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			out[f.Name()] = string(b)
		}
	}
	return out
}

func TestInitKeepsTheRootInTheKeyringWhereThereIsOne(t *testing.T) {
	ring, dir := memoryRing{}, t.TempDir()
	m, err := initWith(t.Context(), Config{Dir: dir, Organisation: "The Bakery"}, nil, withRing(ring))
	if err != nil || m.Safe != SafeKeyring || len(ring) != 1 {
		t.Fatalf("%+v, %d entries, %v", m.Safe, len(ring), err)
	}
	if names := slices.Sorted(maps.Keys(files(t, dir))); !slices.Equal(names, []string{"party.json", "root.keyring"}) {
		t.Errorf("the folder has %q", names)
	}
	n, err := NewWith(Config{Dir: dir}, withRing(ring))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.Close() }()
	s, err := n.Status(t.Context())
	if err != nil || s.Key != m.Key.String() || !strings.Contains(s.Notes[0].Text, "keyring") {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWordsBringAnOrganisationsKeyBack(t *testing.T) {
	c := Config{Dir: t.TempDir(), Organisation: "The Bakery", Safe: SafeUnsealed}
	m, err := Init(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	c.Dir = t.TempDir()
	again, err := InitFromWords(t.Context(), c, m.Words)
	if err != nil || again.Key != m.Key {
		t.Errorf("another key: %v, %v", again.Key != m.Key, err)
	}
}

func TestInitThatWasCutShortGoesOnAndShowsItsWords(t *testing.T) {
	c := Config{Dir: t.TempDir(), Safe: SafeUnsealed}
	m, err := Init(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(c.Dir, partyFile)); err != nil {
		t.Fatal(err)
	}
	again, err := Init(t.Context(), c)
	if err != nil || again.Words != m.Words {
		t.Errorf("other words: %v, %v", again.Words != m.Words, err)
	}
}

func TestInitThatIsRefusedLeavesNoFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "alice")
	nobody := errors.New("nobody there")
	ask := func(context.Context, bool) (string, error) { return "", nobody }
	for name, c := range map[string]Config{
		"nobody to ask": {Safe: SafeAuto, Passphrase: ask}, "no keyring": {Safe: SafeKeyring}, "no credential": {Safe: SafeCredential},
		"no passphrase": {Safe: SafePassphrase}, "no such place": {Safe: "drawer"},
	} {
		c.Dir = dir
		if _, err := Init(t.Context(), c); err == nil {
			t.Errorf("%s: it was made", name)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the folder is there (%v)", name, err)
		}
	}
}

// A folder with one wrong thing, what Seal says of it, and that nothing changes.
func TestSealOfWhatDoesntFitIsRefused(t *testing.T) {
	const legal = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title"
	for name, c := range map[string]struct {
		spoil func(*testing.T, string)
		words string
		want  error
		hint  string
	}{
		"words of another root": {func(*testing.T, string) {}, legal, ErrRoot, "right one"},
		"no words":              {func(*testing.T, string) {}, "hunter2", ErrWords, "24"},
		"root of another":       {func(t *testing.T, dir string) { rewrite(t, dir, "root.key", strings.Repeat("7f", 32)) }, "", ErrRoot, "24 words by byway seal --words-file"},
		"no root, nor words":    {func(t *testing.T, dir string) { remove(t, dir, "root.key") }, "", ErrRoot, "--words-file"},
		"no store":              {func(t *testing.T, dir string) { remove(t, dir, storeDir) }, "", ErrRoot, "byway restore"},
		"no node":               {func(t *testing.T, dir string) { remove(t, dir, partyFile) }, "", ErrConfig, "no node"},
	} {
		t.Run(name, func(t *testing.T) {
			conf := Config{Dir: t.TempDir(), Safe: SafeUnsealed}
			if _, err := Init(t.Context(), conf); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, conf.Dir)
			before, ring := files(t, conf.Dir), memoryRing{}
			conf.Safe = SafeKeyring
			if _, err := seal(t.Context(), conf, c.words, withRing(ring)); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.hint) {
				t.Errorf("%v", err)
			}
			if !maps.Equal(files(t, conf.Dir), before) || len(ring) > 0 {
				t.Error("something changed")
			}
		})
	}
}

func TestSealOfARunningNodesFolderIsRefused(t *testing.T) {
	c := Config{Dir: t.TempDir(), Safe: SafeUnsealed}
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.Close() }()
	if _, err := Seal(t.Context(), c, ""); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
}

func TestLostKeyringIsReplacedByTheWords(t *testing.T) {
	c, ring := Config{Dir: t.TempDir()}, memoryRing{}
	m, err := initWith(t.Context(), c, nil, withRing(ring))
	if err != nil {
		t.Fatal(err)
	}
	clear(ring)
	if _, err := seal(t.Context(), c, "", withRing(ring)); !errors.Is(err, ErrRoot) {
		t.Errorf("without words: %v", err)
	}
	if right, err := CheckWords(c, m.Words); err != nil || !right {
		t.Errorf("the words are %v, %v", right, err)
	}
	kept, err := seal(t.Context(), c, m.Words, withRing(ring))
	if err != nil || kept != SafeKeyring || len(ring) != 1 {
		t.Errorf("%q, %d entries, %v", kept, len(ring), err)
	}
}

func TestARootThatIsGoneIsntReplaced(t *testing.T) {
	c := Config{Dir: t.TempDir(), Safe: SafeUnsealed}
	if _, err := Init(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	remove(t, c.Dir, "root.key")
	remove(t, c.Dir, partyFile) // the store alone is reason enough
	for _, err := range []error{startOnce(t, c), func() error { _, err := Init(t.Context(), c); return err }()} {
		if !errors.Is(err, ErrRoot) || !strings.Contains(err.Error(), "24 words") {
			t.Error(err)
		}
	}
	if has := files(t, c.Dir); len(has) > 0 {
		t.Errorf("the folder has %v", has)
	}
}

func TestAFolderOfAnOldVersionIsSaidToBeOne(t *testing.T) {
	c := Config{Dir: t.TempDir(), Safe: SafeUnsealed}
	rewrite(t, c.Dir, partyFile, "{}\n")
	rewrite(t, c.Dir, "root.key", strings.Repeat("\x81\x02", 16))
	before := files(t, c.Dir)
	if err := startOnce(t, c); !errors.Is(err, ErrOldFolder) || !strings.Contains(err.Error(), "another folder") {
		t.Error(err)
	}
	if !maps.Equal(files(t, c.Dir), before) {
		t.Error("something changed")
	}
}

func startOnce(t *testing.T, c Config) error {
	t.Helper()
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return errors.Join(n.Start(t.Context()), n.Close())
}

func rewrite(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}
