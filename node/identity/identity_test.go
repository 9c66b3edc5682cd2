package identity

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

var kinds = []Kind{KindHost, KindOrganisation, KindRelationship, KindCast, KindCommunity}

func open(t *testing.T, rootFile string, tables Tables) *Identity {
	t.Helper()
	i, err := Open(t.Context(), rootFile, tables)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	return i
}

func fresh(t *testing.T) (*Identity, string, Tables) {
	t.Helper()
	file, tables := filepath.Join(t.TempDir(), "identity", "root"), store.NewMemory()
	return open(t, file, tables), file, tables
}

// failing is a store whose Put fails, after it stored the row or before.
type failing struct {
	Tables
	stores bool
	err    error
}

func (f *failing) Put(ctx context.Context, t store.Table, key, value []byte) error {
	if f.err == nil || f.stores {
		if err := f.Tables.Put(ctx, t, key, value); err != nil {
			return err
		}
	}
	return f.err
}

func TestRestartOwnsEveryKeyMadeBefore(t *testing.T) {
	i, file, tables := fresh(t)
	made := map[record.Key]Kind{}
	for _, k := range kinds {
		for range 3 {
			key, err := i.New(t.Context(), k)
			if err != nil {
				t.Fatal(err)
			}
			made[key] = k
		}
		key, err := i.First(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		made[key] = k
	}
	i.Close()

	again := open(t, file, tables)
	for key, k := range made {
		s, err := again.Signer(t.Context(), key)
		if err != nil || s.Key() != key || !again.Owns(key) {
			t.Fatalf("a %s key was lost: %v", k, err)
		}
		if got, err := again.Kind(key); err != nil || got != k {
			t.Errorf("a %s key came back as %s, %v", k, got, err)
		}
	}
	for _, k := range kinds {
		key, err := again.New(t.Context(), k)
		if _, ok := made[key]; ok || err != nil {
			t.Errorf("New made a %s key a second time (%v)", k, err)
		}
	}
}

func TestFirstIsTheSameKeyAlways(t *testing.T) {
	i, file, tables := fresh(t)
	made, err := i.New(t.Context(), KindOrganisation)
	if err != nil {
		t.Fatal(err)
	}
	first, err := i.First(t.Context(), KindOrganisation)
	if err != nil || first == made {
		t.Fatalf("First = %s, %v; New had made %s", first.Short(), err, made.Short())
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if got, err := i.First(context.Background(), KindOrganisation); got != first || err != nil {
				t.Errorf("another First: %s, %v", got.Short(), err)
			}
		})
	}
	wait.Wait()
	if got, err := open(t, file, tables).First(t.Context(), KindOrganisation); got != first || err != nil {
		t.Errorf("First after a restart: %s, %v", got.Short(), err)
	}
}

func TestFirstsMadeAtOnceAreOneKey(t *testing.T) {
	i, _, _ := fresh(t)
	keys := make([]record.Key, 16)
	var wait sync.WaitGroup
	for n := range keys {
		wait.Go(func() { keys[n], _ = i.First(context.Background(), KindHost) })
	}
	wait.Wait()
	for _, k := range keys {
		if k.IsZero() || k != keys[0] {
			t.Fatalf("First made %s and %s", keys[0].Short(), k.Short())
		}
	}
}

func TestTenThousandKeysDiffer(t *testing.T) {
	i, file, tables := fresh(t)
	const each, workers = 500, 4 // of each kind but one, and each worker
	var mu sync.Mutex
	seen := map[record.Key]bool{}
	var wait sync.WaitGroup
	for range workers {
		for _, k := range kinds {
			wait.Go(func() {
				for range each {
					key, err := i.New(context.Background(), k)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					seen[key] = true
					mu.Unlock()
				}
			})
		}
	}
	wait.Wait()
	if want := each * workers * len(kinds); len(seen) != want {
		t.Fatalf("%d keys differ, want %d", len(seen), want)
	}
	if len(i.signers) > maxSigners {
		t.Errorf("%d signers kept, at most %d", len(i.signers), maxSigners)
	}
	again := open(t, file, tables)
	for key := range seen {
		if !again.Owns(key) {
			t.Fatal("a key was lost over a restart")
		}
	}
}

func TestKeyWhoseNumberIsNotDurableIsNotHandedOut(t *testing.T) {
	for name, stores := range map[string]bool{"lost": false, "stored, but not acknowledged": true} {
		t.Run(name, func(t *testing.T) {
			_, file, tables := fresh(t)
			disk := &failing{Tables: tables, stores: stores}
			i := open(t, file, disk)
			disk.err = errors.New("disk full")
			for what, ask := range map[string]func() (record.Key, error){
				"New":   func() (record.Key, error) { return i.New(t.Context(), KindCast) },
				"First": func() (record.Key, error) { return i.First(t.Context(), KindCast) },
			} {
				if key, err := ask(); !errors.Is(err, disk.err) || !key.IsZero() {
					t.Errorf("%s = %s, %v", what, key.Short(), err)
				}
			}
			if seed, err := i.Seed(t.Context(), KindHost, 0); !errors.Is(err, disk.err) || seed != [32]byte{} {
				t.Errorf("Seed gave one out: %v", err)
			}
			if len(i.places) != 0 {
				t.Errorf("%d keys owned", len(i.places))
			}
			disk.err = nil
			key, err := i.New(t.Context(), KindCast)
			if err != nil || !open(t, file, tables).Owns(key) {
				t.Errorf("once the disk is well again: %v", err)
			}
		})
	}
}

func TestKeyOfAnotherPartyIsUnknown(t *testing.T) {
	mine, _, _ := fresh(t)
	theirs, _, _ := fresh(t)
	key, err := theirs.New(t.Context(), KindRelationship)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := mine.Signer(t.Context(), key); !errors.Is(err, ErrUnknownKey) || s != nil || mine.Owns(key) {
		t.Errorf("Signer = %v, %v", s, err)
	}
	if _, err := mine.Kind(key); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("Kind: %v", err)
	}
}

func TestBadAsksAreRefused(t *testing.T) {
	i, _, _ := fresh(t)
	for name, ask := range map[string]func() error{
		"New of kind 0":         func() error { _, err := i.New(t.Context(), 0); return err },
		"First of kind 9":       func() error { _, err := i.First(t.Context(), 9); return err },
		"seed of a cast":        func() error { _, err := i.Seed(t.Context(), KindCast, 0); return err },
		"seed of the organiser": func() error { _, err := i.Seed(t.Context(), KindOrganisation, 0); return err },
	} {
		if err := ask(); !errors.Is(err, ErrKind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(i.places) != 0 {
		t.Errorf("%d keys were made", len(i.places))
	}
}

func TestSeedIsOfTheKeyWithThatNumber(t *testing.T) {
	i, file, tables := fresh(t)
	key, err := i.First(t.Context(), KindHost)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := i.Seed(t.Context(), KindHost, 0)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := record.NewSigner(seed); err != nil || s.Key() != key {
		t.Errorf("the seed is of another key (%v)", err)
	}
	other, err := i.Seed(t.Context(), KindHost, 7)
	if err != nil || other == seed {
		t.Errorf("number 7 has the seed of number 0 (%v)", err)
	}
	if again, err := open(t, file, tables).Seed(t.Context(), KindHost, 0); err != nil || again != seed {
		t.Errorf("another seed after a restart (%v)", err)
	}
}

func TestClosedIdentityMakesAndSignsNothingNew(t *testing.T) {
	i, _, _ := fresh(t)
	key, err := i.New(t.Context(), KindCast)
	if err != nil {
		t.Fatal(err)
	}
	root := i.root
	i.Close()
	i.Close()
	if *root != [rootSize]byte{} {
		t.Error("the root is still in memory")
	}
	for name, ask := range map[string]func() error{
		"New":    func() error { _, err := i.New(t.Context(), KindCast); return err },
		"First":  func() error { _, err := i.First(t.Context(), KindCast); return err },
		"Signer": func() error { _, err := i.Signer(t.Context(), key); return err },
		"Seed":   func() error { _, err := i.Seed(t.Context(), KindHost, 0); return err },
	} {
		if err := ask(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The figures were computed outside of this program, by RFC 5869 step by step. A change
// here means that everybody loses every key.
func TestDerivationIsFixed(t *testing.T) {
	root := [rootSize]byte(bytes.Repeat([]byte{0x42}, rootSize))
	incarnation := [incarnationSize]byte(bytes.Repeat([]byte{7}, incarnationSize))
	for _, c := range derivations {
		seed, err := deriveSeed(&root, place{c.kind, incarnation, c.n})
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(seed[:]); got != c.seed {
			t.Errorf("%s %d: seed %s, want %s", c.kind, c.n, got, c.seed)
		}
	}
	check, err := derive(&root, checkDomain, incarnation[:])
	if got := hex.EncodeToString(check[:]); err != nil || got != checkVector {
		t.Errorf("the mark's check is %s, want %s (%v)", got, checkVector, err)
	}
}
