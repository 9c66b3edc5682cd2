package safe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/internal/durable"
)

// oldSize is what root.key had in bytes before it was text.
const oldSize = 32

// plain keeps a root in root.key, unsealed.
type plain struct{ Safe }

func (plain) file() string { return "root.key" }

func (p plain) open(context.Context) (*identity.Root, error) {
	path := p.path(p.file())
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	defer clear(b)
	if len(b) == oldSize && len(bytes.TrimSpace(b)) > 0 && !isText(b) {
		return nil, fmt.Errorf("%w: %s holds what this version can't read, and its store is of another kind; nothing was changed; try: another folder with --dir", ErrOld, p.Dir)
	}
	return parse(b, path)
}

func (p plain) keep(ctx context.Context, root *identity.Root) error {
	if err := writeFile(p.path(p.file()), []byte(root.Hex()+"\n")); err != nil {
		return err
	}
	return readBack(ctx, p, root)
}

// remove writes over the root first. A disk may keep what was written before all the same.
func (p plain) remove(context.Context) error {
	path := p.path(p.file())
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		err = durable.Write(f, make([]byte, info.Size()))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return removeFile(path)
}

// parse reads a root as it is written everywhere. Errors: ErrRoot, without what was there.
func parse(b []byte, where string) (*identity.Root, error) {
	root, err := identity.ParseRoot(string(b))
	switch {
	case err == nil:
		return root, nil
	case len(bytes.TrimSpace(b)) == 0:
		return nil, fmt.Errorf("%w: %s is empty; try: put it back from a copy, or from your 24 words by byway seal --words-file FILE", ErrRoot, where)
	}
	return nil, fmt.Errorf("%w: %s holds neither a root's 24 words nor its 64 digits; try: put it back from a copy, or from your 24 words by byway seal --words-file FILE", ErrRoot, where)
}

// isText tells whether these are bytes that a root is written with.
func isText(b []byte) bool {
	return len(bytes.Trim(b, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ \t\r\n")) == 0
}

// readBack holds that what was kept is what comes out.
func readBack(ctx context.Context, k keeper, root *identity.Root) error {
	got, err := k.open(ctx)
	if err != nil {
		return fmt.Errorf("read back what was kept: %w", err)
	}
	defer got.Close()
	if !got.Equal(root) {
		return fmt.Errorf("%w: what was kept comes out as another root", ErrRoot)
	}
	return nil
}
