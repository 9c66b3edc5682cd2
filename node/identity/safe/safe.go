package safe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/bywaynet/byway/node/identity"
)

// ErrRoot: what keeps the root is damaged, locked, gone or open to others. The text says
// what to do; nothing was changed.
var ErrRoot = errors.New("root refused")

const plainFile = "root.key"

// Safe keeps the root of the node in one folder.
type Safe struct {
	// Dir is the node's folder.
	Dir string
}

// Open returns the root. Errors: fs.ErrNotExist where none is kept, ErrRoot.
func (s Safe) Open(context.Context) (*identity.Root, error) {
	path := filepath.Join(s.Dir, plainFile)
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	root, err := identity.ParseRoot(string(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRoot, path, err)
	}
	return root, nil
}

// Keep keeps a root. Errors: fs.ErrExist where one is kept already.
func (s Safe) Keep(ctx context.Context, root *identity.Root) error {
	if _, err := s.Open(ctx); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w in %s", ErrRoot, fs.ErrExist, s.Dir)
	}
	return writeFile(filepath.Join(s.Dir, plainFile), []byte(root.Hex()+"\n"))
}
