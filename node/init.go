package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/protocol/record"
)

// ErrInitialised is returned by Init for a folder that a node was made in already.
var ErrInitialised = errors.New("folder has a node already")

// Made is what Init made.
type Made struct {
	Dir string
	// Key is an organisation's public key; zero for a person, who has one for each counterparty.
	Key record.Key
}

// Init makes the folder of a node with its keys, and starts nothing. Start does the
// same where it wasn't done. Errors: ErrInitialised, ErrConfig, those of the store.
func Init(ctx context.Context, c Config) (made Made, err error) {
	c, err = c.withDefaults()
	if err != nil {
		return Made{}, err
	}
	if _, err := os.Stat(filepath.Join(c.Dir, partyFile)); err == nil {
		return Made{}, fmt.Errorf("%w: %s", ErrInitialised, c.Dir)
	}
	who, err := c.settle()
	if err != nil {
		return Made{}, err
	}
	root, err := c.root(ctx)
	if err != nil {
		return Made{}, err
	}
	defer root.Close()
	s, err := parts.Real().Store(ctx, filepath.Join(c.Dir, storeDir), root.Key(storeKey), c.Log)
	if err != nil {
		return Made{}, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	ids, err := identity.Open(ctx, root, s)
	if err != nil {
		return Made{}, err
	}
	made.Dir = c.Dir
	if who.Organisation != "" {
		made.Key, err = ids.First(ctx, identity.KindOrganisation)
	}
	return made, errors.Join(err, ids.Close())
}
