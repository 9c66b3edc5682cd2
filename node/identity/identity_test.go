package identity

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"sync"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

var kinds = []Kind{KindHost, KindOrganisation, KindRelationship, KindCast, KindCommunity}

func open(t *testing.T, root *Root, tables Tables) *Identity {
	t.Helper()
	i, err := Open(t.Context(), root, tables)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	return i
}

func newTestRoot(t *testing.T) *Root {
	t.Helper()
	r, err := NewRoot()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fresh(t *testing.T) (*Identity, *Root, Tables) {
	t.Helper()
	root, tables := newTestRoot(t), store.NewMemory()
	return open(t, root, tables), root, tables
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
	i, root, tables := fresh(t)
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

	again := open(t, root, tables)
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
	i, root, tables := fresh(t)
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
	if got, err := open(t, root, tables).First(t.Context(), KindOrganisation); got != first || err != nil {
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
	i, root, tables := fresh(t)
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
	again := open(t, root, tables)
	for key := range seen {
		if !again.Owns(key) {
			t.Fatal("a key was lost over a restart")
		}
	}
}

func TestKeyWhoseNumberIsNotDurableIsNotHandedOut(t *testing.T) {
	for name, stores := range map[string]bool{"lost": false, "stored, but not acknowledged": true} {
		t.Run(name, func(t *testing.T) {
			_, root, tables := fresh(t)
			disk := &failing{Tables: tables, stores: stores}
			i := open(t, root, disk)
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
			if err != nil || !open(t, root, tables).Owns(key) {
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
	i, root, tables := fresh(t)
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
	if again, err := open(t, root, tables).Seed(t.Context(), KindHost, 0); err != nil || again != seed {
		t.Errorf("another seed after a restart (%v)", err)
	}
}

func TestClosedIdentityMakesAndSignsNothing(t *testing.T) {
	for name, end := range map[string]func(*Identity, *Root){
		"identity": func(i *Identity, _ *Root) { i.Close(); i.Close() },
		"root":     func(_ *Identity, r *Root) { r.Close(); r.Close() },
	} {
		i, root, tables := fresh(t)
		key, err := i.New(t.Context(), KindCast)
		if err != nil {
			t.Fatal(err)
		}
		i = open(t, root, tables) // with no signer kept
		end(i, root)
		for what, ask := range map[string]func() error{
			"New":    func() error { _, err := i.New(t.Context(), KindCast); return err },
			"First":  func() error { _, err := i.First(t.Context(), KindCast); return err },
			"Signer": func() error { _, err := i.Signer(t.Context(), key); return err },
			"Seed":   func() error { _, err := i.Seed(t.Context(), KindHost, 0); return err },
		} {
			if err := ask(); !errors.Is(err, ErrClosed) {
				t.Errorf("%s after the %s was closed: %v", what, name, err)
			}
		}
	}
}

// The figures were computed outside of this program, by RFC 5869 step by step. A change
// here means that everybody loses every key.
func TestDerivationIsFixed(t *testing.T) {
	root := &Root{secret: [rootSize]byte(bytes.Repeat([]byte{0x42}, rootSize))}
	incarnation := [incarnationSize]byte(bytes.Repeat([]byte{7}, incarnationSize))
	for _, c := range derivations {
		seed, err := root.seed(placeAt(c.kind, incarnation, c.n))
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(seed[:]); got != c.seed {
			t.Errorf("%s %d: seed %s, want %s", c.kind, c.n, got, c.seed)
		}
	}
	for purpose, want := range purposes {
		if key := root.Key(purpose); hex.EncodeToString(key[:]) != want {
			t.Errorf("%s: key %x, want %s", purpose, key, want)
		}
	}
	check, err := root.derive(checkDomain, incarnation[:])
	if got := hex.EncodeToString(check[:]); err != nil || got != checkVector {
		t.Errorf("the mark's check is %s, want %s (%v)", got, checkVector, err)
	}
}
