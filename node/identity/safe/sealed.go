package safe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"filippo.io/age"

	"github.com/bywaynet/byway/node/identity"
)

const (
	// minPassphrase is the shortest new passphrase, in bytes. What keeps it from being
	// guessed beyond that is scrypt, of about a second a guess.
	minPassphrase = 8
	// maxWork is the most work to open a file, as a power of two: 1 GiB of memory, 4 s.
	maxWork = 20
)

// sealed keeps a root in root.age, sealed by a passphrase.
type sealed struct{ Safe }

func (sealed) file() string { return "root.age" }

func (s sealed) open(ctx context.Context) (*identity.Root, error) {
	path := s.path(s.file())
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	pass, err := s.ask(ctx, false)
	if err != nil {
		return nil, err
	}
	defer s.giveBack()
	text, err := unseal(b, pass)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, fmt.Errorf("%w: that isn't the passphrase of %s; try: type it once more; where it is forgotten, your 24 words set a new one: byway seal --words-file FILE --passphrase", ErrLocked, path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s is damaged (%w); try: put it back from a copy, or from your 24 words by byway seal --words-file FILE", ErrRoot, path, err)
	}
	defer clear(text)
	return parse(text, path)
}

func (s sealed) keep(ctx context.Context, root *identity.Root) error {
	pass, err := s.ask(ctx, true)
	if err != nil {
		return err
	}
	if len(pass) < minPassphrase {
		return fmt.Errorf("%w: a passphrase of %d bytes, at least %d; try: four words or more", ErrLocked, len(pass), minPassphrase)
	}
	defer s.giveBack()
	b, err := seal([]byte(root.Hex()+"\n"), pass, s.work)
	if err != nil {
		return err
	}
	text, err := unseal(b, pass) // before anything relies on it
	if err != nil {
		return fmt.Errorf("open again what was sealed: %w", err)
	}
	defer clear(text)
	if back, err := parse(text, s.file()); err != nil || !back.Equal(root) {
		return errors.Join(fmt.Errorf("%w: what was sealed comes out as another root", ErrRoot), err)
	}
	return writeFile(s.path(s.file()), b)
}

func (s sealed) remove(context.Context) error { return removeFile(s.path(s.file())) }

func (s sealed) ask(ctx context.Context, fresh bool) (string, error) {
	if s.Passphrase == nil {
		return "", fmt.Errorf("%w: it is sealed by a passphrase, and nobody is there to ask; try: BYWAY_PASSPHRASE_FILE=FILE byway up", ErrLocked)
	}
	pass, err := s.Passphrase(ctx, fresh)
	if err == nil && pass == "" {
		err = fmt.Errorf("%w: an empty passphrase; try: the one that was set, or a new one by your 24 words: byway seal --words-file FILE --passphrase", ErrLocked)
	}
	return pass, err
}

// giveBack returns what scrypt took, 256 MiB that the node never needs again.
func (s sealed) giveBack() {
	if s.work == 0 {
		debug.FreeOSMemory()
	}
}

func seal(text []byte, pass string, work int) ([]byte, error) {
	to, err := age.NewScryptRecipient(pass)
	if err != nil {
		return nil, err
	}
	if work > 0 {
		to.SetWorkFactor(work)
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unseal(b []byte, pass string) ([]byte, error) {
	id, err := age.NewScryptIdentity(pass)
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(maxWork)
	r, err := age.Decrypt(bytes.NewReader(b), id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, maxFile))
}
