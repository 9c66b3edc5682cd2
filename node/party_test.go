package node

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bywaynet/byway/node/internal/sumfile"
)

func TestAFlippedBitOrACutOfWhoseNodeItIsIsNeverAnotherParty(t *testing.T) {
	want := party{Organisation: "The Bakery", Root: "0011223344556677"}
	whole, err := want.sealed()
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, at int, b []byte) {
		got, err := decodeParty(b)
		if err == nil && got != want || err != nil && !errors.Is(err, sumfile.ErrDamaged) || err == nil && at < len(whole)-2 {
			t.Errorf("%s at %d: %+v, %v", what, at, got, err)
		}
	}
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			check("a flipped bit", i, b)
		}
		check("a cut", i, whole[:i])
	}
}

// The name flipped: nothing starts, nothing changes, and what is advised works.
func TestAnotherNameInAPartysFileIsRefused(t *testing.T) {
	c := Config{Dir: t.TempDir(), Organisation: "The Bakery", Safe: SafeUnsealed}
	m, err := Init(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(c.Dir, partyFile))
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, c.Dir, partyFile, strings.Replace(string(b), "Bakery", "Cakery", 1))
	before, own := files(t, c.Dir), Config{Dir: c.Dir}
	if err := startOnce(t, own); !errors.Is(err, sumfile.ErrDamaged) || !strings.Contains(err.Error(), partyFile) || !strings.Contains(err.Error(), "try: write {}") {
		t.Errorf("it starts: %v", err)
	}
	if !maps.Equal(files(t, c.Dir), before) {
		t.Error("something changed")
	}
	rewrite(t, c.Dir, partyFile, `{"organisation":"The Bakery"}`)
	if err := startOnce(t, own); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(filepath.Join(c.Dir, partyFile)); err != nil || !bytes.Equal(again, b) {
		t.Errorf("%q, want %q of %s (%v)", again, b, m.Key, err)
	}
}

func TestAPartysFileOfBeforeGetsItsChecksumAtTheNextStart(t *testing.T) {
	c := Config{Dir: t.TempDir(), Safe: SafeUnsealed}
	if _, err := Init(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.Dir, partyFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	old, _, err := sumfile.Unseal(whole)
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, c.Dir, partyFile, string(old)+"\n")
	if err := startOnce(t, c); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, whole) {
		t.Errorf("%q, want %q (%v)", b, whole, err)
	}
}
