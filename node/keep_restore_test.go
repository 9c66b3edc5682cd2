package node_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bywaynet/byway/node"
)

// restoreOf is a shop with its words and a folder of backups.
type restoreOf struct {
	made  node.Made
	usb   string
	words string
}

func newRestoreOf(t *testing.T) restoreOf {
	t.Helper()
	c := node.Config{Dir: shortDir(t), Organisation: "The Bakery", Safe: node.SafeUnsealed}
	m, err := node.Init(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	usb := filepath.Join(t.TempDir(), "usb")
	backUpFolder(t, c, usb)
	return restoreOf{m, usb, m.Words}
}

func (r restoreOf) into(ctx context.Context, dir string, tell func(node.Progress)) (node.Restored, error) {
	return node.Restore(ctx, node.Config{Dir: dir, Safe: node.SafeUnsealed}, node.RestoreOptions{From: r.usb, Words: r.words, Progress: tell})
}

// cutOff is a folder as a restore leaves it that is killed while it writes.
func (r restoreOf) cutOff(t *testing.T) string {
	t.Helper()
	dir, left := filepath.Join(shortDir(t), "new"), ""
	_, err := r.into(t.Context(), dir, func(p node.Progress) {
		if p.Step != "restoring" || left != "" {
			return
		}
		left = filepath.Join(shortDir(t), "left")
		if err := errors.Join(os.CopyFS(left, os.DirFS(dir)), os.Chmod(left, 0o700)); err != nil {
			t.Error(err)
		}
	})
	if err != nil || left == "" {
		t.Fatalf("nothing was left: %v", err)
	}
	return left
}

func TestARestoreThatWasCutOffIsSaidAndBegunAnew(t *testing.T) {
	r := newRestoreOf(t)
	left := r.cutOff(t)
	c := node.Config{Dir: left, Organisation: "The Bakery", Safe: node.SafeUnsealed}
	_, words := node.CheckWords(c, r.words)
	_, kept := node.Keep(t.Context(), c)
	_, made := node.Init(t.Context(), c)
	_, again := node.InitFromWords(t.Context(), c, r.words)
	_, sealed := node.Seal(t.Context(), c, r.words)
	n, err := node.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"start": n.Start(t.Context()), "init": made, "init from the words": again, "seal": sealed, "words": words, "backup": kept, "up": node.CutOff(left),
	} {
		if !errors.Is(err, node.ErrCutOff) || !strings.Contains(err.Error(), "try: byway restore BACKUPDIR, which begins anew there; or delete "+left) {
			t.Errorf("%s: %v", what, err)
		}
	}
	got, err := r.into(t.Context(), left, nil)
	if err != nil || got.Key != r.made.Key || node.CutOff(left) != nil {
		t.Fatalf("%v came back, want %v: %v", got.Key, r.made.Key, err)
	}
	if _, err := os.Stat(filepath.Join(left, "restoring")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the mark stays: %v", err)
	}
	_, down := up(t, node.Config{Dir: left})
	down()
}

func TestAFileThatNoRestoreMadeIsNotTakenForOne(t *testing.T) {
	r := newRestoreOf(t)
	left := r.cutOff(t)
	hers := filepath.Join(left, "letter")
	if err := os.WriteFile(hers, []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.into(t.Context(), left, nil); !errors.Is(err, node.ErrNotEmpty) || !strings.Contains(err.Error(), "has letter") {
		t.Errorf("it was restored into: %v", err)
	}
	if b, err := os.ReadFile(hers); err != nil || string(b) != "dear" {
		t.Errorf("it holds %q (%v)", b, err)
	}
}

// A finished node is never taken for a restore that was cut off, whatever lies in its folder.
func TestANodeIsntRestoredOver(t *testing.T) {
	r := newRestoreOf(t)
	if err := os.WriteFile(filepath.Join(r.made.Dir, "restoring"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.into(t.Context(), r.made.Dir, nil); !errors.Is(err, node.ErrNotEmpty) {
		t.Errorf("got %v", err)
	}
	if right, err := node.CheckWords(node.Config{Dir: r.made.Dir}, r.words); err != nil || !right {
		t.Errorf("the node isn't what it was: %v", err)
	}
}

func TestARestoreIntoAFolderThatAnotherOneWritesIsRefused(t *testing.T) {
	r := newRestoreOf(t)
	dir := filepath.Join(shortDir(t), "new")
	var second error
	got, err := r.into(t.Context(), dir, func(p node.Progress) {
		if p.Step == "restoring" && second == nil {
			_, second = r.into(t.Context(), dir, nil)
		}
	})
	if err != nil || got.Key != r.made.Key {
		t.Errorf("the first one: %v", err)
	}
	if !errors.Is(second, node.ErrRestoring) {
		t.Errorf("the second one: %v", second)
	}
}

func TestOnlyReadingABackupSaysWhoseItIs(t *testing.T) {
	r := newRestoreOf(t)
	got, err := node.Restore(t.Context(), node.Config{Dir: filepath.Join(shortDir(t), "new")}, node.RestoreOptions{From: r.usb, Words: r.words, CheckOnly: true})
	if err != nil || got.Organisation != "The Bakery" || got.Key != r.made.Key {
		t.Errorf("%q under %s (%v), want The Bakery under %s", got.Organisation, got.Key, err, r.made.Key)
	}
}
