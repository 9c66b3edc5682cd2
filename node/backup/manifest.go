package backup

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Hash is a SHA-256, in JSON its 64 hexadecimal digits.
type Hash [32]byte

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("a hash of %d digits, want %d", len(b), hex.EncodedLen(len(h)))
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// Manifest is the first member of a backup: what a restore has to know of it.
type Manifest struct {
	Format string `json:"format"`
	// ID is 16 random bytes in hexadecimal, which what builds on it names.
	ID string `json:"id"`
	// BuildsOn is the id of the backup before, and Before its file's name; empty in a full one.
	BuildsOn string    `json:"builds_on,omitempty"`
	Before   string    `json:"before,omitempty"`
	Number   uint32    `json:"number"`
	Made     time.Time `json:"made"`
	Party    string    `json:"party"`
	// After is where the log stood at the end of the backup before, zero in a full one;
	// UpTo is where it stands after this one.
	After Place `json:"after"`
	UpTo  Place `json:"up_to"`
}

// full reports whether it builds on no other.
func (m Manifest) full() bool { return m.BuildsOn == "" }

const manifestFile = "manifest.json"

// maxManifest bounds a manifest, in bytes: its fields are of fixed or short length.
const maxManifest = 16 << 10

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its contract
	return hex.EncodeToString(b[:])
}

func (m Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

// parseManifest reads a manifest and holds it against the name of its file.
func parseManifest(b []byte, f File) (m Manifest, err error) {
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("%w: its manifest: %w", ErrDamaged, err)
	}
	if m.Format != Format {
		return m, fmt.Errorf("%w: %q, this program reads %q", ErrFormat, m.Format, Format)
	}
	var bad error
	switch {
	case m.Number != f.Number, !m.Made.Truncate(time.Second).Equal(f.At), m.full() != f.Full:
		bad = errors.New("it isn't the backup that its name says")
	case len(m.ID) != 32, m.BuildsOn != "" && len(m.BuildsOn) != 32:
		bad = errors.New("its manifest has no id")
	case m.Party != "person" && m.Party != "organisation":
		bad = fmt.Errorf("its manifest has a party %q", m.Party)
	case m.full() && m.After != Place{}, m.UpTo.Seq < m.After.Seq:
		bad = errors.New("its manifest has entries in the wrong order")
	}
	if bad != nil {
		return m, fmt.Errorf("%w: %w", ErrDamaged, bad)
	}
	return m, nil
}
