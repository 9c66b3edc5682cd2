package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/identity/safe"
	"github.com/bywaynet/byway/node/internal/parts"
)

// InitFromWords is Init with the root that has these 24 words, for an owner who has
// nothing else left: an organisation's key and the peer id are what they were. What was
// agreed is in a backup alone. Made.Words is empty. Errors: ErrWords; else as for Init.
func InitFromWords(ctx context.Context, c Config, words string) (Made, error) {
	root, err := identity.RootFromWords(words)
	if err != nil {
		return Made{}, err
	}
	defer root.Close()
	m, err := initWith(ctx, c, root, parts.Real())
	m.Words = ""
	return m, err
}

// rootOf keeps a root that was given in a folder that is new, or returns openRoot's where
// none was.
func (c Config) rootOf(ctx context.Context, p *party, given *identity.Root, ring safe.Ring) (root *identity.Root, kept Safe, err error) {
	if given == nil {
		root, kept, _, err = c.openRoot(ctx, p, ring)
		return root, kept, err
	}
	if c.hasStore() {
		return nil, "", fmt.Errorf("%w: %s has a store already; try: an empty folder", ErrRoot, c.Dir)
	}
	if root, err = identity.RootFromWords(given.Words()); err != nil {
		return nil, "", err
	}
	s := c.safe(ring)
	kept, err = s.Keep(ctx, c.Safe, root)
	if errors.Is(err, safe.ErrKept) { // by a call before, which failed later
		var there *identity.Root
		if there, kept, err = s.Open(ctx); err == nil && !there.Equal(root) {
			err = fmt.Errorf("%w: another root is kept in %s; try: an empty folder", ErrRoot, c.Dir)
		}
		if there != nil {
			there.Close()
		}
	}
	if err = errors.Join(err, p.is(root)); err != nil {
		root.Close()
		return nil, "", err
	}
	return root, kept, nil
}
