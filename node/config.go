package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/multiformats/go-multiaddr"

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

// party is what a folder was made as; it stands in partyFile.
type party struct {
	// Organisation is its name; empty for a person.
	Organisation string `json:"organisation,omitempty"`
}

const (
	partyFile = "party.json"
	storeDir  = "store"
)

// settle returns what the folder is, and makes it what c says where it is new.
func (c Config) settle() (party, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return party{}, err
	}
	path := filepath.Join(c.Dir, partyFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		p := party{Organisation: c.Organisation}
		return p, p.write(path)
	}
	var p party
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		return party{}, fmt.Errorf("read %s, which says whose node it is: %w; try: write {} there for a person, {\"organisation\":\"NAME\"} for a shop", path, err)
	}
	if c.Organisation != "" && c.Organisation != p.Organisation {
		return party{}, fmt.Errorf("%w: %s is the node of %s", ErrParty, c.Dir, p)
	}
	return p, nil
}

// write makes the file whole or not at all, also where the machine loses its power.
func (p party) write(path string) (err error) {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), partyFile+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// String names the party in words.
func (p party) String() string {
	if p.Organisation == "" {
		return "a person"
	}
	return fmt.Sprintf("an organisation calling itself %q", p.Organisation)
}
