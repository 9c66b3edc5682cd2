package safe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/bywaynet/byway/node/identity"
)

// Kind is a way to keep a root.
type Kind string

// The ways. Auto is the first of Credential, Keyring and Passphrase that there is, and
// Unsealed where there is none.
const (
	Auto       Kind = ""
	Keyring    Kind = "keyring"
	Passphrase Kind = "passphrase"
	Credential Kind = "credential"
	Unsealed   Kind = "unsealed"
)

// kinds in the order in which they are tried: what is unsealed comes last.
var kinds = []Kind{Keyring, Passphrase, Credential, Unsealed}

// Known reports whether k is one of the ways, or Auto.
func (k Kind) Known() bool { return k == Auto || slices.Contains(kinds, k) }

// Kinds returns the ways to keep a root.
func Kinds() []Kind { return slices.Clone(kinds) }

// What a safe refuses. Match with errors.Is; the text says what to do, and nothing was changed.
var (
	// ErrNone: no root is kept for the folder.
	ErrNone = errors.New("no root is kept here")
	// ErrKept: a root is kept for the folder already.
	ErrKept = errors.New("a root is kept here already")
	// ErrRoot: what keeps the root is damaged, emptied, gone or open to others.
	ErrRoot = errors.New("root refused")
	// ErrLocked: the root is there, but doesn't open: a wrong passphrase, or none, or a locked keyring.
	ErrLocked = errors.New("root doesn't open")
	// ErrNoSuch: the way that was asked for isn't there on this machine.
	ErrNoSuch = errors.New("no such place for the root")
	// ErrOld: the folder is of a version from before the first release. Begin in another one.
	ErrOld = errors.New("folder of a version from before the first release")
)

// Safe keeps the root of the node in one folder. Calls that change where must not overlap.
type Safe struct {
	// Dir is the node's folder, which is there.
	Dir string
	// Passphrase is asked for a passphrase: for a new one where fresh is true, else for the
	// one that the root was sealed by. nil where nobody can be asked.
	Passphrase func(ctx context.Context, fresh bool) (string, error)
	// Ring is the keyring; nil where there is none.
	Ring Ring
	// Credentials is the folder that systemd hands over, of $CREDENTIALS_DIRECTORY; "" for none.
	Credentials string
	// Log gets what the operator should know.
	Log *slog.Logger

	work int // of scrypt, as a power of two; 0 for age's own
}

// keeper is one way to keep a root.
type keeper interface {
	file() string // in the folder, where it keeps one
	open(ctx context.Context) (*identity.Root, error)
	keep(ctx context.Context, root *identity.Root) error // durable, and read back, once it returns
	remove(ctx context.Context) error
}

func (s Safe) keeper(k Kind) (keeper, error) {
	switch k {
	case Keyring:
		return inRing{s}, nil
	case Passphrase:
		return sealed{s}, nil
	case Credential:
		return credential{s}, nil
	case Unsealed:
		return plain{s}, nil
	}
	return nil, fmt.Errorf("%w: %q; there are %q", ErrNoSuch, k, kinds)
}

// Where returns where the root is kept: one way, or two where a move was interrupted.
// Errors: ErrNone; those of the file system.
func (s Safe) Where() ([]Kind, error) {
	var found []Kind
	for _, k := range kinds {
		way, err := s.keeper(k)
		if err != nil {
			return nil, err
		}
		_, err = os.Lstat(filepath.Join(s.Dir, way.file()))
		switch {
		case err == nil:
			found = append(found, k)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%w: %s", ErrNone, s.Dir)
	}
	return found, nil
}

// Open returns the root, which is the caller's to close, and where it was. Errors: ErrNone,
// ErrRoot, ErrLocked, ErrOld, ctx's.
func (s Safe) Open(ctx context.Context) (*identity.Root, Kind, error) {
	found, err := s.Where()
	if err != nil {
		return nil, "", err
	}
	var errs []error
	for _, k := range found {
		way, err := s.keeper(k)
		if err != nil {
			return nil, "", err
		}
		root, err := way.open(ctx)
		if err == nil {
			return root, k, nil
		}
		errs = append(errs, err)
	}
	return nil, "", errors.Join(errs...)
}

// Make makes the root of a new folder and keeps it. With a credential it makes none: the
// root is that of the credential. Errors: as for Keep.
func (s Safe) Make(ctx context.Context, k Kind) (*identity.Root, Kind, error) {
	if k == Auto && s.hasCredential() {
		k = Credential
	}
	root, err := identity.NewRoot()
	if k == Credential {
		root, err = credential{s}.open(ctx)
	}
	if err != nil {
		return nil, "", err
	}
	if k, err = s.Keep(ctx, k, root); err != nil {
		root.Close()
		return nil, "", err
	}
	return root, k, nil
}

// Keep keeps a root for a folder that has none, and returns where. Errors: ErrKept,
// ErrNoSuch, ErrRoot, that of Passphrase, those of the file system.
func (s Safe) Keep(ctx context.Context, k Kind, root *identity.Root) (Kind, error) {
	found, err := s.Where()
	if !errors.Is(err, ErrNone) {
		return "", errors.Join(err, fmt.Errorf("%w: %q in %s", ErrKept, found, s.Dir))
	}
	return s.keep(ctx, k, root)
}

// Move keeps the root elsewhere and then removes it from where it was. Without an error it
// is in the new place alone; where it fails it is where it was, and perhaps in both.
// Errors: as for Open and Keep.
func (s Safe) Move(ctx context.Context, to Kind, root *identity.Root) (Kind, error) {
	from, err := s.Where()
	if err != nil && !errors.Is(err, ErrNone) {
		return "", err
	}
	to, err = s.keep(ctx, to, root)
	if err != nil {
		return "", err
	}
	for _, k := range from {
		if k == to {
			continue
		}
		way, err := s.keeper(k)
		if err != nil {
			return "", err
		}
		if err := way.remove(ctx); err != nil {
			return "", fmt.Errorf("it is in the %s now, but can't be removed from where it was (%s): %w; try: byway seal again", to, k, err)
		}
	}
	return to, nil
}

// Remove removes the root from wherever it is kept for the folder; one that isn't kept is
// well. Errors: ErrLocked, of a keyring that doesn't let go of it; those of the file system.
func (s Safe) Remove(ctx context.Context) error {
	from, err := s.Where()
	if errors.Is(err, ErrNone) {
		return nil
	}
	for _, k := range from {
		way, e := s.keeper(k)
		if e == nil {
			e = way.remove(ctx)
		}
		err = errors.Join(err, e)
	}
	return err
}

func (s Safe) keep(ctx context.Context, k Kind, root *identity.Root) (Kind, error) {
	if k != Auto {
		way, err := s.keeper(k)
		if err != nil {
			return "", err
		}
		return k, way.keep(ctx, root)
	}
	if s.hasCredential() {
		return Credential, credential{s}.keep(ctx, root)
	}
	if s.Ring != nil {
		err := inRing{s}.keep(ctx, root)
		if err == nil || ctx.Err() != nil {
			return Keyring, err
		}
		s.log().Info("the keyring takes no root", "error", err)
	}
	if s.Passphrase != nil {
		return Passphrase, sealed{s}.keep(ctx, root)
	}
	return Unsealed, plain{s}.keep(ctx, root)
}

func (s Safe) path(file string) string { return filepath.Join(s.Dir, file) }

func (s Safe) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}
