package node

import (
	"context"
	"errors"
	"io/fs"

	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/identity/safe"
)

// storeKey is the purpose of the key that seals the store.
const storeKey = "store"

// root returns the root that is kept for the folder, and makes one where it is new.
func (c Config) root(ctx context.Context) (*identity.Root, error) {
	s := safe.Safe{Dir: c.Dir}
	root, err := s.Open(ctx)
	if !errors.Is(err, fs.ErrNotExist) {
		return root, err
	}
	if root, err = identity.NewRoot(); err != nil {
		return nil, err
	}
	return root, s.Keep(ctx, root)
}
