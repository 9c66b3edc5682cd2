package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/bywaynet/byway/node/identity"
	"github.com/bywaynet/byway/node/identity/safe"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/localapi"
)

// Safe is where the root of a node's keys is kept.
type Safe = safe.Kind

// The safes.
const (
	SafeAuto       Safe = safe.Auto       // see Config.Safe
	SafeKeyring    Safe = safe.Keyring    // the keyring of the user's session
	SafePassphrase Safe = safe.Passphrase // in root.age, sealed by a passphrase
	SafeCredential Safe = safe.Credential // the systemd credential byway-root
	SafeUnsealed   Safe = safe.Unsealed   // in root.key, for whoever reads the owner's files
)

// What Start, Init, Seal and CheckWords say of the root. The text says what to do;
// nothing was changed.
var (
	// ErrRoot: what keeps the root is damaged, emptied, gone, open to others, or of another node.
	ErrRoot = safe.ErrRoot
	// ErrLockedRoot: the root is there, but doesn't open: a wrong passphrase or none, or a locked keyring.
	ErrLockedRoot = safe.ErrLocked
	// ErrNoSafe: Config.Safe names what isn't there on this machine.
	ErrNoSafe = safe.ErrNoSuch
	// ErrOldFolder: the folder is of a version from before the first release. Begin in another one.
	ErrOldFolder = safe.ErrOld
	// ErrWords: not the 24 words of a root.
	ErrWords = identity.ErrWords
)

// What the root's keys are for; each is a purpose of identity.Root.Key.
const (
	keyOfStore = "store"
	keyOfTrace = "trace" // no key: what tells the root from others, in partyFile
)

// safe is where the folder's root is kept.
func (c Config) safe(ring safe.Ring) safe.Safe {
	return safe.Safe{Dir: c.Dir, Passphrase: c.Passphrase, Ring: ring, Credentials: os.Getenv("CREDENTIALS_DIRECTORY"), Log: c.Log}
}

// openRoot returns the root of the folder and where it is kept. It makes one where the folder is new.
func (c Config) openRoot(ctx context.Context, p *party, ring safe.Ring) (root *identity.Root, kept Safe, made bool, err error) {
	s := c.safe(ring)
	root, kept, err = s.Open(ctx)
	if errors.Is(err, safe.ErrNone) {
		if !p.fresh || c.hasStore() {
			return nil, "", false, fmt.Errorf("%w: nothing in %s says where the root of its keys is; try: put root.age, root.keyring or root.key back, or the root from your 24 words by byway seal --words-file FILE", ErrRoot, c.Dir)
		}
		root, kept, err = s.Make(ctx, c.Safe)
		made = true
	}
	if err != nil {
		return nil, "", false, err
	}
	if err := p.is(root); err != nil {
		root.Close()
		return nil, "", false, err
	}
	return root, kept, made, nil
}

// is ties the folder to the root. Errors: ErrRoot where it is tied to another one: found
// out before anything is opened by a wrong key.
func (p *party) is(root *identity.Root) error {
	got := trace(root)
	if p.Root != "" && p.Root != got {
		return fmt.Errorf("%w: it isn't the root that this folder's keys come from; try: put the right one back, or take it from this node's 24 words by byway seal --words-file FILE", ErrRoot)
	}
	p.fresh = p.fresh || p.Root == ""
	p.Root = got
	return nil
}

func trace(root *identity.Root) string {
	key := root.Key(keyOfTrace)
	return hex.EncodeToString(key[:8])
}

// hasStore tells whether there is something that the root sealed.
func (c Config) hasStore() bool {
	has, err := os.ReadDir(filepath.Join(c.Dir, storeDir))
	return err == nil && len(has) > 0
}

// keptNote says in words where the root is.
func (c Config) keptNote(kept Safe) localapi.Note {
	n := localapi.Note{Level: localapi.NoteOK, Text: "the root of this node's keys is kept in your session's keyring"}
	switch kept {
	case SafePassphrase:
		n.Text = "the root of this node's keys is sealed by your passphrase, in root.age"
	case SafeCredential:
		n.Text = "the root of this node's keys comes from the systemd credential byway-root"
	case SafeUnsealed:
		n = localapi.Note{
			Level: localapi.NoteNotice,
			Text:  "the root of this node's keys lies unsealed in " + filepath.Join(c.Dir, "root.key") + ": whoever can read your files can sign as you; byway down, then byway seal",
		}
	}
	return n
}

// warnOf says in the log what a new root's owner should know.
func (c Config) warnOf(kept Safe) {
	if kept == SafeUnsealed && c.Safe == SafeAuto {
		c.Log.Warn("no keyring and no passphrase: the root of the node's keys lies unsealed in its folder", "try", "byway seal")
	}
}

// opened is a folder that is open without a node that runs in it.
type opened struct {
	store parts.Store
	ids   *identity.Identity
}

// open opens the store of the folder under a root, which stays the caller's.
func (c Config) open(ctx context.Context, root *identity.Root, p parts.Parts) (*opened, error) {
	s, err := p.Store(ctx, filepath.Join(c.Dir, storeDir), root.Key(keyOfStore), c.Log)
	if err != nil {
		return nil, err
	}
	ids, err := identity.Open(ctx, root, s)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &opened{s, ids}, nil
}

func (o *opened) close() error { return errors.Join(o.ids.Close(), o.store.Close()) }
