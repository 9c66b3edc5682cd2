package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/internal/parts"
)

// Seal keeps the root of a folder's keys where c.Safe says from now on, and nowhere else;
// it returns where. Where words aren't empty they are the root's, for an owner whose
// passphrase or keyring is lost. No node may run in the folder meanwhile. Errors:
// ErrLocked, ErrRoot, ErrLockedRoot, ErrNoSafe, ErrWords: the root is where it was.
func Seal(ctx context.Context, c Config, words string) (kept Safe, err error) {
	return seal(ctx, c, words, parts.Real())
}

func seal(ctx context.Context, c Config, words string, ps parts.Parts) (kept Safe, err error) {
	c, p, err := c.initialised()
	if err != nil {
		return "", err
	}
	var root *identity.Root
	if words != "" {
		root, err = identity.RootFromWords(words)
	} else {
		root, _, _, err = c.openRoot(ctx, &p, ps.Ring)
	}
	if err != nil {
		return "", err
	}
	defer root.Close()
	if err := p.is(root); err != nil {
		return "", err
	}
	if !c.hasStore() {
		return "", fmt.Errorf("%w: there is no store in %s for these keys; try: byway restore", ErrRoot, c.Dir)
	}
	o, err := c.open(ctx, root, ps) // holds the folder, and that the root is the right one
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	return c.safe(ps.Ring).Move(ctx, c.Safe, root)
}

// CheckWords reports whether these are the 24 words of the folder's root, also while a
// node runs in it. Errors: ErrWords, where they are no root's; ErrRoot, where the folder
// doesn't tell.
func CheckWords(c Config, words string) (bool, error) {
	_, p, err := c.initialised()
	if err != nil {
		return false, err
	}
	if p.Root == "" {
		return false, fmt.Errorf("%w: %s doesn't say which root is its own until its node has run once more; try: byway up", ErrRoot, partyFile)
	}
	root, err := identity.RootFromWords(words)
	if err != nil {
		return false, err
	}
	defer root.Close()
	return trace(root) == p.Root, nil
}

// initialised returns what the folder is. Errors: ErrConfig, for one that has no node.
func (c Config) initialised() (Config, party, error) {
	c, err := c.withDefaults()
	if err != nil {
		return c, party{}, err
	}
	p, err := c.party()
	if err == nil && p.fresh {
		err = fmt.Errorf("%w: no node in %s yet", ErrConfig, c.Dir)
	}
	return c, p, err
}
