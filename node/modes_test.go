//go:build unix

package node_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
)

// othersReach are the files and folders under dir that another user could open. The umask
// is 0 while f runs, which is the process's: no test of this package runs in parallel.
func othersReach(t *testing.T, dir string, f func()) (all int, open []string) {
	t.Helper()
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	f()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) { // Badger removes files of its own at any time
			return nil
		}
		if err != nil {
			return err
		}
		all++
		if info.Mode().Perm()&0o077 != 0 {
			open = append(open, info.Mode().String()+" "+path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, open
}

func TestNothingThatANodeMakesIsReadableByOthers(t *testing.T) {
	dirs := t.TempDir()
	wide := filepath.Join(dirs, "wide") // somebody made it before, open to all
	if err := errors.Join(os.Chmod(dirs, 0o700), os.Mkdir(wide, 0o777), os.Chmod(wide, 0o777)); err != nil {
		t.Fatal(err)
	}
	all, open := othersReach(t, dirs, func() { //nolint:contextcheck // the story has its own
		shop := node.Config{Dir: wide, Organisation: "The Roaster", Policy: &sells}
		if _, err := node.Init(t.Context(), shop); err != nil {
			t.Fatal(err)
		}
		shop.Steward = true
		agreeAndExport(t, shop, node.Config{Dir: filepath.Join(dirs, "of", "alice")})
	})
	if all < 20 {
		t.Errorf("%d files alone: the walk went elsewhere", all)
	}
	for _, f := range open {
		t.Error(f)
	}
	t.Logf("%d of %d files and folders", len(open), all)
}

// agreeAndExport has a person take an offer of a shop with a price list, and the shop start again.
func agreeAndExport(t *testing.T, shop, person node.Config) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	roaster := run(t, shop)
	invite, err := roaster.Found(ctx, "market")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.Open("../examples/lists/roaster.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }()
	if _, err := roaster.Import(ctx, list, node.ImportOptions{Strict: true}, node.Auto); err != nil {
		t.Fatal(err)
	}
	alice := run(t, person)
	if err := alice.Join(ctx, invite); err != nil {
		t.Fatal(err)
	}
	beans, err := node.ParseCategory("food/coffee")
	if err != nil {
		t.Fatal(err)
	}
	cast, err := alice.Cast(ctx, node.Wish{Category: beans, Text: "espresso beans", Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	offers, err := alice.Offers(ctx, cast.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Accept(ctx, offers[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := roaster.Close(); err != nil {
		t.Fatal(err)
	}
	run(t, shop)
}

func TestAFolderThatWasOpenedToOthersIsClosedAtTheNextStart(t *testing.T) {
	c := node.Config{Dir: t.TempDir()}
	if _, err := node.Init(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(c.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, c)
	if info, err := os.Stat(c.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestAFolderWithOtherThingsInItThatOthersReadIsRefused(t *testing.T) {
	home := t.TempDir()
	if err := errors.Join(os.Chmod(home, 0o755), os.WriteFile(filepath.Join(home, "letter"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Init(t.Context(), node.Config{Dir: home}); !errors.Is(err, node.ErrConfig) {
		t.Error(err)
	}
	has, err := os.ReadDir(home)
	info, err2 := os.Stat(home)
	if len(has) != 1 || errors.Join(err, err2) != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("it has %d things, mode %v: %v, %v", len(has), info.Mode(), err, err2)
	}
}
