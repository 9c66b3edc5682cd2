package safe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/zalando/go-keyring"

	"github.com/bywaynet/byway/node/identity"
)

const pass = "the oven is warm"

// ring is a keyring in memory, which may be locked.
type ring struct {
	entries map[string]string
	err     error
}

func newRing() *ring { return &ring{entries: map[string]string{}} }

func (r *ring) Set(service, user, secret string) error {
	if r.err == nil {
		r.entries[service+"/"+user] = secret
	}
	return r.err
}

func (r *ring) Get(service, user string) (string, error) {
	if r.err != nil {
		return "", r.err
	}
	secret, ok := r.entries[service+"/"+user]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return secret, nil
}

func (r *ring) Delete(service, user string) error {
	if r.err != nil {
		return r.err
	}
	if _, ok := r.entries[service+"/"+user]; !ok {
		return keyring.ErrNotFound
	}
	delete(r.entries, service+"/"+user)
	return nil
}

func says(p string) func(context.Context, bool) (string, error) {
	return func(context.Context, bool) (string, error) { return p, nil }
}

func newRoot(t *testing.T) *identity.Root {
	t.Helper()
	r, err := identity.NewRoot()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// everything is a safe with every way to keep a root; the credential is that root.
func everything(t *testing.T, root *identity.Root) Safe {
	t.Helper()
	s := Safe{Dir: t.TempDir(), Passphrase: says(pass), Ring: newRing(), Credentials: t.TempDir(), work: 2}
	handOver(t, s, root.Words()+"\n")
	return s
}

func handOver(t *testing.T, s Safe, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.Credentials, credentialName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// snapshot is all that a safe has, to see that nothing changed.
func snapshot(t *testing.T, s Safe) map[string]string {
	t.Helper()
	out := map[string]string{}
	has, err := os.ReadDir(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range has {
		if f.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(s.Dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = string(b)
	}
	if r, ok := s.Ring.(*ring); ok {
		maps.Copy(out, r.entries)
	}
	return out
}

func opens(t *testing.T, s Safe, want *identity.Root, at Kind) {
	t.Helper()
	got, k, err := s.Open(t.Context())
	if err != nil || k != at || !got.Equal(want) {
		t.Errorf("opens at %q, want %q; the same root: %v; %v", k, at, err == nil && got.Equal(want), err)
	}
}

func TestEachWayKeepsARoot(t *testing.T) {
	for _, k := range kinds {
		root := newRoot(t)
		s := everything(t, root)
		if got, err := s.Keep(t.Context(), k, root); err != nil || got != k {
			t.Fatalf("%s: kept at %q, %v", k, got, err)
		}
		opens(t, s, root, k)
		before := snapshot(t, s)
		if _, err := s.Keep(t.Context(), k, newRoot(t)); !errors.Is(err, ErrKept) {
			t.Errorf("%s: a second root: %v", k, err)
		}
		if _, _, err := s.Make(t.Context(), k); !errors.Is(err, ErrKept) {
			t.Errorf("%s: a new root: %v", k, err)
		}
		if !maps.Equal(snapshot(t, s), before) {
			t.Errorf("%s: something changed", k)
		}
		shown := fmt.Sprint(snapshot(t, Safe{Dir: s.Dir}))
		if k != Unsealed && (strings.Contains(shown, root.Hex()) || strings.Contains(shown, root.Words())) {
			t.Errorf("%s: the root lies in the folder", k)
		}
	}
}

func TestCredentialWithAnAccessListIsRead(t *testing.T) {
	root := newRoot(t)
	s := everything(t, root)
	if err := os.Chmod(filepath.Join(s.Credentials, credentialName), 0o440); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keep(t.Context(), Auto, root); err != nil {
		t.Fatal(err)
	}
	opens(t, s, root, Credential)
}

func TestNoRootIsNone(t *testing.T) {
	if _, _, err := (Safe{Dir: t.TempDir()}).Open(t.Context()); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}

func TestAutoTakesTheBestThatThereIs(t *testing.T) {
	for name, c := range map[string]struct {
		less func(*Safe)
		want Kind
	}{
		"all there":         {func(*Safe) {}, Credential},
		"no credential":     {func(s *Safe) { s.Credentials = "" }, Keyring},
		"credential absent": {func(s *Safe) { s.Credentials = s.Dir }, Keyring},
		"locked keyring":    {func(s *Safe) { s.Credentials = ""; s.Ring = &ring{err: errors.New("locked")} }, Passphrase},
		"no keyring":        {func(s *Safe) { s.Credentials = ""; s.Ring = nil }, Passphrase},
		"nobody to ask":     {func(s *Safe) { s.Credentials, s.Ring, s.Passphrase = "", nil, nil }, Unsealed},
	} {
		s := everything(t, newRoot(t))
		c.less(&s)
		root, k, err := s.Make(t.Context(), Auto)
		if err != nil || k != c.want {
			t.Errorf("%s: %q, want %q; %v", name, k, c.want, err)
			continue
		}
		opens(t, s, root, c.want)
	}
}

func TestWhatIsntThereIsntTaken(t *testing.T) {
	nobody := errors.New("nobody there")
	for name, c := range map[string]struct {
		s    Safe
		k    Kind
		want error
	}{
		"no keyring":          {Safe{}, Keyring, ErrNoSuch},
		"a locked keyring":    {Safe{Ring: &ring{err: errors.New("locked")}}, Keyring, ErrLocked},
		"nobody to ask":       {Safe{}, Passphrase, ErrLocked},
		"an empty passphrase": {Safe{Passphrase: says("")}, Passphrase, ErrLocked},
		"a short one":         {Safe{Passphrase: says("1234567")}, Passphrase, ErrLocked},
		"asking fails":        {Safe{Passphrase: func(context.Context, bool) (string, error) { return "", nobody }}, Passphrase, nobody},
		"no credential":       {Safe{}, Credential, ErrLocked},
		"another way":         {Safe{}, "drawer", ErrNoSuch},
	} {
		c.s.Dir = t.TempDir()
		if root, _, err := c.s.Make(t.Context(), c.k); !errors.Is(err, c.want) || root != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if left := snapshot(t, c.s); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

func TestMoveLeavesNothingBehind(t *testing.T) {
	for _, from := range kinds {
		for _, to := range kinds {
			root := newRoot(t)
			s := everything(t, root)
			if _, err := s.Keep(t.Context(), from, root); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Move(t.Context(), to, root); err != nil || got != to {
				t.Fatalf("%s to %s: %q, %v", from, to, got, err)
			}
			opens(t, s, root, to)
			if at, err := s.Where(); err != nil || !slices.Equal(at, []Kind{to}) {
				t.Errorf("%s to %s: it is at %q, %v", from, to, at, err)
			}
			want := 0
			if to == Keyring {
				want = 1
			}
			if n := len(s.Ring.(*ring).entries); n != want {
				t.Errorf("%s to %s: %d entries in the keyring, want %d", from, to, n, want)
			}
		}
	}
}

func TestRemoveLeavesNoRootAnywhere(t *testing.T) {
	for _, at := range kinds {
		root := newRoot(t)
		s := everything(t, root)
		if _, err := s.Keep(t.Context(), at, root); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time there is none, which is well
			if err := s.Remove(t.Context()); err != nil {
				t.Errorf("%s: %v", at, err)
			}
		}
		if left, err := s.Where(); !errors.Is(err, ErrNone) || len(s.Ring.(*ring).entries) > 0 {
			t.Errorf("%s: it is at %q, %v", at, left, err)
		}
	}
	s := everything(t, newRoot(t))
	if _, err := s.Keep(t.Context(), Keyring, newRoot(t)); err != nil {
		t.Fatal(err)
	}
	s.Ring.(*ring).err = errors.New("locked")
	if err := s.Remove(t.Context()); !errors.Is(err, ErrLocked) {
		t.Errorf("a locked keyring: %v", err)
	}
	if _, err := s.Where(); err != nil {
		t.Errorf("where it is was forgotten: %v", err)
	}
}

func TestMoveThatFailsLeavesTheRootWhereItWas(t *testing.T) {
	for name, c := range map[string]struct {
		to   Kind
		less func(*testing.T, *Safe)
	}{
		"a locked keyring":        {Keyring, func(_ *testing.T, s *Safe) { s.Ring = &ring{err: errors.New("locked")} }},
		"a short passphrase":      {Passphrase, func(_ *testing.T, s *Safe) { s.Passphrase = says("short") }},
		"a credential of another": {Credential, func(t *testing.T, s *Safe) { handOver(t, *s, newRoot(t).Hex()) }},
		"an emptied credential":   {Credential, func(t *testing.T, s *Safe) { handOver(t, *s, "") }},
		"another way":             {"drawer", func(*testing.T, *Safe) {}},
	} {
		root := newRoot(t)
		s := everything(t, root)
		if _, err := s.Keep(t.Context(), Unsealed, root); err != nil {
			t.Fatal(err)
		}
		c.less(t, &s)
		before := snapshot(t, s)
		if _, err := s.Move(t.Context(), c.to, root); err == nil {
			t.Errorf("%s: it moved", name)
		}
		if !maps.Equal(snapshot(t, s), before) {
			t.Errorf("%s: something changed", name)
		}
		opens(t, s, root, Unsealed)
	}
}

func TestMoveCutShortIsOpenedAndFinished(t *testing.T) {
	root := newRoot(t)
	s := everything(t, root)
	for _, k := range []Kind{Unsealed, Keyring} {
		if _, err := s.keep(t.Context(), k, root); err != nil {
			t.Fatal(err)
		}
	}
	opens(t, s, root, Keyring)
	s.Ring.(*ring).err = errors.New("locked")
	opens(t, s, root, Unsealed)
	s.Ring.(*ring).err = nil
	if _, err := s.Move(t.Context(), Keyring, root); err != nil {
		t.Fatal(err)
	}
	if at, err := s.Where(); err != nil || !slices.Equal(at, []Kind{Keyring}) {
		t.Errorf("it is at %q, %v", at, err)
	}
}

func TestEntryWhoseNameCantBeKeptLeavesTheKeyring(t *testing.T) {
	r := newRing()
	s := Safe{Dir: filepath.Join(t.TempDir(), "gone"), Ring: r}
	if _, err := s.keep(t.Context(), Keyring, newRoot(t)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if len(r.entries) != 0 {
		t.Error("a root stays in the keyring that nothing names")
	}
}

func TestSealedFileIsOneForAge(t *testing.T) {
	root := newRoot(t)
	s := everything(t, root)
	if _, err := s.Keep(t.Context(), Passphrase, root); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(s.path("root.age"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	id, err := age.NewScryptIdentity(pass)
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(f, id)
	if err != nil {
		t.Fatal(err)
	}
	var text [64]byte
	if _, err := r.Read(text[:]); err != nil || string(text[:]) != root.Hex() {
		t.Errorf("%q, %v", text, err)
	}
}

func TestSealingCostsWhatAgeTakes(t *testing.T) {
	s := everything(t, newRoot(t))
	s.work = 0
	if _, _, err := s.Make(t.Context(), Passphrase); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.path("root.age"))
	if fields := strings.Fields(strings.SplitN(string(b), "\n", 3)[1]); err != nil || fields[1] != "scrypt" || fields[3] != "18" {
		t.Errorf("%q, %v", fields, err)
	}
}

func TestTestsMeetNoKeyringOfTheirOwner(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	if System() != nil {
		t.Error("a test could write to it")
	}
}
