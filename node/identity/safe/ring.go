package safe

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/bywaynet/byway/node/identity"
)

const (
	// ringService is the service that entries in the keyring are of.
	ringService = "byway"
	// ringTime is how long a keyring may take, which may be asking its owner to unlock it.
	ringTime = 2 * time.Minute
)

// Ring is a keyring: secrets by the service and the user that they are of.
type Ring interface {
	Set(service, user, secret string) error
	Get(service, user string) (string, error) // keyring.ErrNotFound where there is none
	Delete(service, user string) error
}

// System returns the keyring of the user's session: Secret Service on Linux and the BSDs, Keychain on
// macOS, Credential Manager on Windows. It is nil where there is none, where
// BYWAY_KEYRING=off says so, and under go test, which never meets its owner's keyring.
func System() Ring {
	if os.Getenv("BYWAY_KEYRING") == "off" || flag.Lookup("test.v") != nil || !hasSession() {
		return nil
	}
	return system{}
}

// hasSession tells whether there is a session bus, where keyrings are found by one:
// looking for it through the library would start one.
func hasSession() bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true
	}
	if a := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); a != "" && a != "autolaunch:" {
		return true
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		_, err := os.Stat(filepath.Join(dir, "bus"))
		return err == nil
	}
	return false
}

type system struct{}

func (system) Set(service, user, secret string) error   { return keyring.Set(service, user, secret) }
func (system) Get(service, user string) (string, error) { return keyring.Get(service, user) }
func (system) Delete(service, user string) error        { return keyring.Delete(service, user) }

// inRing keeps a root in the keyring, and the name of its entry in root.keyring.
type inRing struct{ Safe }

func (inRing) file() string { return "root.keyring" }

func (r inRing) open(ctx context.Context) (*identity.Root, error) {
	entry, err := r.entry()
	if err != nil {
		return nil, err
	}
	return r.get(ctx, entry)
}

func (r inRing) get(ctx context.Context, entry string) (*identity.Root, error) {
	var secret string
	err := r.do(ctx, func() (err error) { secret, err = r.Ring.Get(ringService, entry); return err })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, fmt.Errorf("%w: its entry %q is gone from the keyring; try: put it back from your 24 words by byway seal --words-file FILE", ErrRoot, entry)
	}
	if err != nil {
		return nil, err
	}
	return parse([]byte(secret), fmt.Sprintf("the keyring's entry %q", entry))
}

// keep makes a new entry always, so that none of another folder is written over. The entry
// comes first: without it the file would name a root that isn't there.
func (r inRing) keep(ctx context.Context, root *identity.Root) error {
	old, err := r.entry()
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, ErrRoot) {
		return err
	}
	var id [4]byte
	if _, err := rand.Read(id[:]); err != nil {
		return err
	}
	entry := fmt.Sprintf("root of %s (%s)", r.Dir, hex.EncodeToString(id[:]))
	if err := r.do(ctx, func() error { return r.Ring.Set(ringService, entry, root.Hex()) }); err != nil {
		return err
	}
	got, err := r.get(ctx, entry)
	if err == nil {
		if !got.Equal(root) {
			err = fmt.Errorf("%w: the keyring returns another root than it was given", ErrRoot)
		}
		got.Close()
	}
	if err == nil {
		err = writeFile(r.path(r.file()), []byte(entry+"\n"))
	}
	if err != nil {
		return errors.Join(err, r.drop(ctx, entry))
	}
	if old != "" {
		return r.drop(ctx, old)
	}
	return nil
}

func (r inRing) remove(ctx context.Context) error {
	entry, err := r.entry()
	if err != nil {
		return err
	}
	if err := r.drop(ctx, entry); err != nil {
		return err
	}
	return removeFile(r.path(r.file()))
}

// drop removes an entry; one that is gone already is well.
func (r inRing) drop(ctx context.Context, entry string) error {
	err := r.do(ctx, func() error { return r.Ring.Delete(ringService, entry) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

func (r inRing) entry() (string, error) {
	path := r.path(r.file())
	b, err := readFile(path)
	if err != nil {
		return "", err
	}
	entry := string(bytes.TrimSpace(b))
	if entry == "" {
		return "", fmt.Errorf("%w: %s is empty; try: put it back from a copy, or from your 24 words by byway seal --words-file FILE", ErrRoot, path)
	}
	return entry, nil
}

// do bounds a call of the keyring, which takes no context. One that never returns keeps its goroutine.
func (r inRing) do(ctx context.Context, f func() error) error {
	if r.Ring == nil {
		return fmt.Errorf("%w: no keyring in this session (%w); try: log in where it is, or --passphrase-file", ErrLocked, ErrNoSuch)
	}
	ctx, cancel := context.WithTimeout(ctx, ringTime)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		if err == nil || errors.Is(err, keyring.ErrNotFound) {
			return err
		}
		return fmt.Errorf("%w: the keyring is locked or not there (%w); try: unlock it, then the same again", ErrLocked, err)
	case <-ctx.Done():
		return fmt.Errorf("%w: the keyring didn't answer: %w; try: unlock it, then the same again", ErrLocked, ctx.Err())
	}
}
