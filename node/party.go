package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/bywaynet/byway/node/internal/sumfile"
	"github.com/bywaynet/byway/node/localapi"
)

const (
	partyFile = "party.json"
	storeDir  = "store"
)

// party is what a folder was made as; it stands in partyFile, which is written once all
// else is there.
type party struct {
	// Organisation is its name; empty for a person.
	Organisation string `json:"organisation,omitempty"`
	// Root tells the root of its keys from every other, and nothing else of it.
	Root string `json:"root,omitempty"`

	fresh bool // nothing says so yet
	bare  bool // what says so has no checksum yet
}

// Initialised reports whether there is a node in a folder.
func Initialised(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, partyFile))
	return err == nil
}

// settle makes the folder and keeps others out of it; it returns what the folder is, or
// will be where it is new.
func (c Config) settle() (party, error) {
	p, err := c.party()
	if err != nil {
		return party{}, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return party{}, err
	}
	return p, c.close(p.fresh)
}

func (c Config) party() (party, error) {
	path := filepath.Join(c.Dir, partyFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := CutOff(c.Dir); err != nil {
			return party{}, err
		}
		return party{Organisation: c.Organisation, fresh: true}, nil
	}
	var p party
	if err == nil {
		p, err = decodeParty(b)
	}
	if err != nil {
		return party{}, fmt.Errorf("read %s, which says whose node it is: %w; try: %s", path, err, localapi.PartyHelp)
	}
	if c.Organisation != "" && c.Organisation != p.Organisation {
		return party{}, fmt.Errorf("%w: %s is the node of %s", ErrParty, c.Dir, p)
	}
	return p, nil
}

// close keeps others out of the folder. A new node's folder that has other things in it may be
// somebody's home: its mode is left as it is.
func (c Config) close(fresh bool) error {
	info, err := os.Stat(c.Dir)
	if err != nil || info.Mode().Perm() == 0o700 || runtime.GOOS == "windows" {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%w: %s isn't a folder", ErrConfig, c.Dir)
	}
	open := info.Mode().Perm()&0o077 != 0
	if open && fresh {
		has, err := os.ReadDir(c.Dir)
		if err != nil {
			return err
		}
		if len(has) > 0 {
			return fmt.Errorf("%w: others can read %s (mode %04o), and there are other things in it; try: a folder of the node's own, or chmod 700 %[2]s", ErrConfig, c.Dir, info.Mode().Perm())
		}
	}
	if open && !fresh {
		c.Log.Warn("others could read the node's folder; they can't any more", "folder", c.Dir, "mode was", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
	if err := os.Chmod(c.Dir, 0o700); err != nil {
		return fmt.Errorf("keep others out of %s: %w; try: a folder of your own", c.Dir, err)
	}
	return nil
}

// write makes the file whole or not at all, also where the machine loses its power.
func (p party) write(dir string) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return sumfile.Write(filepath.Join(dir, partyFile), b)
}

// sealed is what write would write.
func (p party) sealed() ([]byte, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return sumfile.Seal(b)
}

// decodeParty reads the content of partyFile. Errors: sumfile.ErrDamaged.
func decodeParty(b []byte) (p party, err error) {
	b, summed, err := sumfile.Unseal(b, "organisation", "root")
	if err != nil {
		return party{}, err
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return party{}, fmt.Errorf("%w: %w", sumfile.ErrDamaged, err)
	}
	p.bare = !summed
	return p, nil
}

// String names the party in words.
func (p party) String() string {
	if p.Organisation == "" {
		return "a person"
	}
	return fmt.Sprintf("an organisation calling itself %q", p.Organisation)
}
