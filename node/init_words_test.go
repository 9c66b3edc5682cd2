package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/bywaynet/byway/node"
)

func TestTheWordsAloneBringAShopsKeyBack(t *testing.T) {
	c := node.Config{Dir: shortDir(t), Organisation: "The Bakery", Safe: node.SafeUnsealed}
	m, err := node.Init(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := start(t, c)
	was, err := n.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Dir = shortDir(t)
	again, err := node.InitFromWords(t.Context(), c, m.Words)
	if err != nil || again.Key != m.Key || again.Words != "" {
		t.Errorf("got %s and %q (%v), want %s and no words", again.Key, again.Words, err, m.Key)
	}
	n, _ = start(t, c)
	is, err := n.Status(t.Context())
	if err != nil || is.PeerID != was.PeerID || is.Key != was.Key {
		t.Errorf("it runs as %s %s (%v), want %s %s", is.Key, is.PeerID, err, was.Key, was.PeerID)
	}
}

func TestWordsMakeNoNodeWhereThereIsOne(t *testing.T) {
	c := node.Config{Dir: shortDir(t), Safe: node.SafeUnsealed}
	m, err := node.Init(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := node.InitFromWords(t.Context(), c, m.Words); !errors.Is(err, node.ErrInitialised) {
		t.Errorf("a node is there: %v", err)
	}
	if _, err := node.InitFromWords(t.Context(), node.Config{Dir: filepath.Join(c.Dir, "new")}, "abandon ability"); !errors.Is(err, node.ErrWords) {
		t.Errorf("no words: %v", err)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "new")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no words left a folder: %v", err)
	}
	// Its party.json gone, the store still belongs to the root that sealed it.
	if err := os.Remove(filepath.Join(c.Dir, "party.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := node.InitFromWords(t.Context(), c, m.Words); !errors.Is(err, node.ErrRoot) {
		t.Errorf("a store is there: %v", err)
	}
}
