package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

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
	// Safe is where the root of the keys is kept.
	Safe Safe
	// Words are the root's 24 words. This is the one time that they are given out: show them
	// to the owner, and keep them nowhere. Empty where the root is a credential of systemd's.
	Words string
}

// Init makes the folder of a node with its keys, and starts nothing. Start does the
// same where it wasn't done, less the words. Errors: ErrInitialised, ErrConfig,
// ErrNoSafe, what Config.Passphrase says, those of the store; call it again then.
func Init(ctx context.Context, c Config) (Made, error) { return initWith(ctx, c, nil, parts.Real()) }

// initWith makes the folder of a root, or of one that it makes where that is nil.
func initWith(ctx context.Context, c Config, given *identity.Root, ps parts.Parts) (made Made, err error) {
	c, err = c.withDefaults()
	if err != nil {
		return Made{}, err
	}
	if Initialised(c.Dir) {
		return Made{}, fmt.Errorf("%w: %s", ErrInitialised, c.Dir)
	}
	_, err = os.Stat(c.Dir)
	isNew := errors.Is(err, fs.ErrNotExist)
	defer func() {
		if err != nil && isNew {
			_ = os.Remove(c.Dir) // fails where something is in it already, which stays
		}
	}()
	who, err := c.settle()
	if err != nil {
		return Made{}, err
	}
	root, kept, err := c.rootOf(ctx, &who, given, ps.Ring)
	if err != nil {
		return Made{}, err
	}
	defer root.Close()
	o, err := c.open(ctx, root, ps)
	if err != nil {
		return Made{}, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	made = Made{Dir: c.Dir, Safe: kept}
	if who.Organisation != "" {
		if made.Key, err = o.ids.First(ctx, identity.KindOrganisation); err != nil {
			return Made{}, err
		}
	}
	if kept != SafeCredential {
		made.Words = root.Words()
	}
	c.warnOf(kept)
	return made, who.write(c.Dir)
}
