package safe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bywaynet/byway/node/identity"
)

// credentialName is the credential's, as a unit names it: LoadCredentialEncrypted=byway-root.
const credentialName = "byway-root"

// credential reads a root that systemd hands over. It can't be written from here.
type credential struct{ Safe }

func (credential) file() string { return "root.credential" }

func (s Safe) hasCredential() bool {
	if s.Credentials == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(s.Credentials, credentialName))
	return err == nil
}

func (c credential) open(context.Context) (*identity.Root, error) {
	if c.Credentials == "" {
		return nil, fmt.Errorf("%w: the root comes from the systemd credential %s, and systemd handed none over; try: LoadCredentialEncrypted=%[2]s in the unit, and systemctl start", ErrLocked, credentialName)
	}
	path := filepath.Join(c.Credentials, credentialName)
	b, err := read(path, 0) // systemd lets the unit's user in by an access list, which shows as bits of the group
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: the systemd credential %s isn't among those handed over; try: LoadCredentialEncrypted=%[2]s in the unit", ErrLocked, credentialName)
	}
	if err != nil {
		return nil, err
	}
	defer clear(b)
	return parse(b, "the systemd credential "+credentialName)
}

// keep only checks that the credential is this root, and notes that it is where to look.
func (c credential) keep(ctx context.Context, root *identity.Root) error {
	got, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer got.Close()
	if !got.Equal(root) {
		return fmt.Errorf("%w: the systemd credential %s is another root than this node's; make it of this node's 24 words", ErrRoot, credentialName)
	}
	return writeFile(c.path(c.file()), []byte("The root of this node's keys comes from the systemd credential "+credentialName+".\n"))
}

func (c credential) remove(context.Context) error { return removeFile(c.path(c.file())) }
