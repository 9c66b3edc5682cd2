package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/multiformats/go-multiaddr"

	"github.com/bywaynet/byway/node/identity/safe"
	"github.com/bywaynet/byway/protocol/agreement"
)

// Config says what a node is. Its zero value is a person's node in the user's data
// folder, on loopback, whose owner is asked before anything but her own proffers is
// signed. It is read once, by New; later changes to it change nothing.
type Config struct {
	// Dir is the node's folder, made with mode 0700 where it isn't there. Default
	// $XDG_DATA_HOME/byway, else ~/.local/share/byway. One running node per folder.
	Dir string
	// Organisation is the name under which an organisation signs, at most 128 bytes;
	// empty for a person, or for what the folder was made as. A folder stays what it
	// was made as: another kind of party is refused with ErrParty.
	Organisation string
	// Listen are the multiaddrs to listen on. Default 127.0.0.1, over QUIC and TCP: on
	// ports of the system's choice at first, and on the same ones at each later start,
	// so that those who know the node find it again.
	Listen []string
	// Steward serves the communities that the node founded or is named steward of.
	Steward bool
	// Preferences, where set, replace a person's at each start; else what she set before
	// holds, and at first dealing.DefaultPreferences.
	Preferences *Preferences
	// Policy, where set, replaces an organisation's at each start; else what it set before
	// holds, and at first a human is asked about everything.
	Policy *Policy
	// Safe says where the root of the node's keys is kept, of a folder that is new; one that
	// has a root keeps it where it is (see Seal). Default: the systemd credential byway-root
	// where there is one, else the keyring of the user's session where there is one, else
	// sealed by Passphrase where that is set, else unsealed in the folder, which the log and
	// the status say.
	Safe Safe
	// Passphrase, where set, is asked for the passphrase that seals the root: for a new one
	// where fresh is true. It may ask a person, and returns when ctx ends.
	Passphrase func(ctx context.Context, fresh bool) (string, error)
	// Log gets what the operator should know. Default: nothing is logged.
	Log *slog.Logger
}

// What New and Start refuse, beside the errors of the packages below.
var (
	// ErrConfig: a field that can't be; the text says which, and what it may be.
	ErrConfig = errors.New("configuration refused")
	// ErrParty: the folder belongs to another kind of party, or to one of another name. Use another folder.
	ErrParty = errors.New("folder of another party")
	// ErrState: Start of a node that is running or was closed, or a call on one that isn't running.
	ErrState = errors.New("node isn't running")
)

var defaultListen = []string{"/ip4/127.0.0.1/udp/0/quic-v1", "/ip4/127.0.0.1/tcp/0"}

// DefaultDir returns the folder of a node whose Config names none.
func DefaultDir() (string, error) {
	if data := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "byway"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for the node: %w; try: set Dir, or $XDG_DATA_HOME", err)
	}
	return filepath.Join(home, ".local", "share", "byway"), nil
}

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		dir, err := DefaultDir()
		if err != nil {
			return c, err
		}
		c.Dir = dir
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, fmt.Errorf("%w: folder %q: %w", ErrConfig, c.Dir, err)
	}
	c.Dir = dir
	if len(c.Organisation) > agreement.MaxName {
		return c, fmt.Errorf("%w: a name of %d bytes, at most %d", ErrConfig, len(c.Organisation), agreement.MaxName)
	}
	if !c.Safe.Known() {
		return c, fmt.Errorf("%w: the root of the keys kept in %q; try one of %q", ErrConfig, c.Safe, safe.Kinds())
	}
	for _, a := range c.Listen {
		if _, err := multiaddr.NewMultiaddr(a); err != nil {
			return c, fmt.Errorf("%w: listen on %q: %w; try: /ip4/127.0.0.1/udp/4001/quic-v1", ErrConfig, a, err)
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}
