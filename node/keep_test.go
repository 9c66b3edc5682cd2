package node_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// restored restores w's usb under the words of n into a new folder.
func restored(t *testing.T, usb, words string) (node.Config, node.Restored) {
	t.Helper()
	c := node.Config{Dir: filepath.Join(shortDir(t), "new"), Safe: node.SafeUnsealed}
	r, err := node.Restore(t.Context(), c, node.RestoreOptions{From: usb, Words: words})
	if err != nil {
		t.Fatal(err)
	}
	return c, r
}

func TestARestoredShopIsTheSameAndSignsUnderNoKeyTwice(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	w := newWorld(ctx, t)
	w.agree(ctx, "SD-BASE")
	w.bakery.backUp(ctx, w.usb)
	w.alice.backUp(ctx, w.usb+"2")
	was, err := w.bakery.node.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.bakery.lose(ctx, w.usb)
	is, err := w.bakery.node.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if is.Key != was.Key || is.PeerID != was.PeerID || is.Organisation != was.Organisation {
		t.Errorf("%s %s %s came back, want %s %s %s", is.Organisation, is.Key, is.PeerID, was.Organisation, was.Key, was.PeerID)
	}
	items, err := w.bakery.api.Casting.ListCatalog(ctx, &localv1.ListCatalogRequest{})
	if err != nil || len(items.GetItems()) == 0 {
		t.Errorf("its price list has %d items (%v)", len(items.GetItems()), err)
	}

	// A person's keys: the lost node may have made the next one after the backup.
	next := func(n *drillNode) string {
		coffee, err := node.ParseCategory("food/coffee")
		if err != nil {
			t.Fatal(err)
		}
		cast, err := n.node.Cast(ctx, node.Wish{Category: coffee, Text: "beans", To: []node.Key{w.bakery.key}})
		if err != nil {
			t.Fatal(err)
		}
		return cast.Key.String()
	}
	made := next(w.alice)
	w.alice.lose(ctx, w.usb+"2")
	if again := next(w.alice); again == made {
		t.Errorf("the restored node made the key %s a second time", made)
	}
}

func TestARestoreThatIsRefusedWritesNothing(t *testing.T) {
	c := node.Config{Dir: shortDir(t), Organisation: "The Bakery", Safe: node.SafeUnsealed}
	m, err := node.Init(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	other, err := node.Init(t.Context(), node.Config{Dir: shortDir(t), Safe: node.SafeUnsealed})
	if err != nil {
		t.Fatal(err)
	}
	usb, damaged := filepath.Join(t.TempDir(), "usb"), filepath.Join(t.TempDir(), "usb")
	backUpFolder(t, c, usb)
	backUpFolder(t, c, damaged)
	spoil(t, damaged)
	full := shortDir(t)
	if err := os.WriteFile(filepath.Join(full, "hers"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		dir  string
		safe node.Safe
		o    node.RestoreOptions
		want error
	}{
		"no words":              {"new", node.SafeUnsealed, node.RestoreOptions{From: usb}, node.ErrWords},
		"words of another node": {"new", node.SafeUnsealed, node.RestoreOptions{From: usb, Words: other.Words}, node.ErrOtherWords},
		"no backups":            {"new", node.SafeUnsealed, node.RestoreOptions{From: t.TempDir(), Words: m.Words}, node.ErrNoBackup},
		"a damaged backup":      {"new", node.SafeUnsealed, node.RestoreOptions{From: damaged, Words: m.Words}, node.ErrIncomplete},
		"in part, of nothing":   {"new", node.SafeUnsealed, node.RestoreOptions{From: damaged, Words: m.Words, Partial: true}, node.ErrIncomplete},
		"a folder in use":       {full, node.SafeUnsealed, node.RestoreOptions{From: usb, Words: m.Words}, node.ErrNotEmpty},
		"a safe that isn't":     {"new", node.SafeCredential, node.RestoreOptions{From: usb, Words: m.Words}, node.ErrLockedRoot},
	} {
		dir := x.dir
		if dir == "new" {
			dir = filepath.Join(shortDir(t), "new")
		}
		_, err := node.Restore(t.Context(), node.Config{Dir: dir, Safe: x.safe}, x.o)
		if !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
		if es, err := os.ReadDir(dir); x.dir == "new" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: it left %d files (%v)", name, len(es), err)
		}
	}
	if r, err := node.Restore(t.Context(), node.Config{Dir: full}, node.RestoreOptions{From: usb, Words: m.Words, CheckOnly: true}); err != nil || r.Files != 1 {
		t.Errorf("only reading: %+v, %v", r, err)
	}
}

// backUpFolder backs up a folder in which no node runs.
func backUpFolder(t *testing.T, c node.Config, folder string) {
	t.Helper()
	k, err := node.Keep(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	api := k.Client()
	n := &drillNode{t: t, api: api}
	n.backUp(t.Context(), folder)
	api.Close()
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
}

// spoil changes a bit in the middle of each backup in a folder.
func spoil(t *testing.T, folder string) {
	t.Helper()
	files, err := node.Backups(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		if err := os.WriteFile(f.Path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFolderWithoutANodeHasNothingToKeep(t *testing.T) {
	if _, err := node.Keep(t.Context(), node.Config{Dir: t.TempDir()}); !errors.Is(err, node.ErrNoNode) {
		t.Errorf("got %v", err)
	}
}

func TestAStoppedFolderOfARunningNodeIsRefused(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	n := newDrillNode(t, node.Config{})
	k, err := node.Keep(ctx, n.config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}()
	s, err := k.Client().Keeping.Backup(ctx, &localv1.BackupRequest{Folder: filepath.Join(t.TempDir(), "usb")})
	if err == nil {
		_, err = s.Receive()
	}
	if err == nil || !strings.Contains(err.Error(), "already open") {
		t.Errorf("got %v", err)
	}
	if err := node.Rebuild(ctx, n.config); !errors.Is(err, node.ErrLocked) {
		t.Errorf("a rebuild: %v", err)
	}
}

// What a node keeps beside its store is in a backup, or left out for a reason that is written down.
func TestEveryFileOfANodesFolderIsBackedUpOrLeftOutOnPurpose(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	w := newWorld(ctx, t)
	for _, n := range []*drillNode{w.alice, w.bakery} {
		es, err := os.ReadDir(n.config.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range es {
			if !node.Accounted(e.Name()) {
				t.Errorf("%s has %s, which is neither backed up nor left out", n.config.Dir, e.Name())
			}
		}
	}
}
