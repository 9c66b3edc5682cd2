package community

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
)

const (
	inviteScheme  = "byway:"
	inviteVersion = 1
	inviteSum     = 4 // bytes of checksum: a slip of the pen is missed once in 4 billion
	// MaxInvite is the longest invite, in letters: it fits a message, a label, a QR code.
	MaxInvite = 2048
)

// ErrInvite says that a text is no invite; what wraps it says what is wrong with it.
// Show it to whoever pasted the text.
var ErrInvite = errors.New("not an invite")

// Invite is what is handed to somebody who wants to join. It isn't signed: the id
// vouches for the founding record, and the roads are only where to ask for it.
type Invite struct {
	// Community is the id of the founding record.
	Community record.ID
	// Roads are 1 to MaxRoads to a steward.
	Roads []road.Road
}

var inviteText = base32.StdEncoding.WithPadding(base32.NoPadding)

// Text returns the invite as one word to copy or type: "byway:", then lower-case
// letters and digits 2 to 7. Errors: ErrInvite where it is out of bounds.
func (i Invite) Text() (string, error) {
	if i.Community.IsZero() || len(i.Roads) == 0 {
		return "", fmt.Errorf("%w: it needs a community and a road", ErrInvite)
	}
	if err := road.Check(i.Roads, MaxRoads); err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvite, err)
	}
	m, err := proto.MarshalOptions{Deterministic: true}.Marshal(&bywayv1.Invite{Community: i.Community[:], Roads: road.ToWire(i.Roads)})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvite, err)
	}
	b := append([]byte{inviteVersion}, m...)
	s := inviteScheme + strings.ToLower(inviteText.EncodeToString(append(b, checksum(b)...)))
	if len(s) > MaxInvite {
		return "", fmt.Errorf("%w: %d letters, at most %d: try fewer addresses", ErrInvite, len(s), MaxInvite)
	}
	return s, nil
}

// checksum finds slips, nothing more: anybody can compute it.
func checksum(b []byte) []byte {
	h := sha256.Sum256(append([]byte("byway-invite"), b...))
	return h[:inviteSum]
}

// ParseInvite reads what Text wrote, in either case, with white space around it or in it as mail
// programs leave it. Errors: ErrInvite, with what to do about it.
func ParseInvite(s string) (Invite, error) {
	if len(s) > 2*MaxInvite {
		return Invite{}, fmt.Errorf("%w: %d letters, at most %d", ErrInvite, len(s), MaxInvite)
	}
	s = strings.ToLower(strings.Join(strings.Fields(s), ""))
	letters, ok := strings.CutPrefix(s, inviteScheme)
	if !ok {
		return Invite{}, fmt.Errorf("%w: it doesn't begin with %q; copy it whole", ErrInvite, inviteScheme)
	}
	if len(s) > MaxInvite {
		return Invite{}, fmt.Errorf("%w: %d letters, at most %d", ErrInvite, len(s), MaxInvite)
	}
	if i := strings.IndexFunc(letters, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '2' || r > '7') }); i >= 0 {
		return Invite{}, fmt.Errorf("%w: letter %d after %q is none of a–z and 2–7", ErrInvite, i+1, inviteScheme)
	}
	b, err := inviteText.DecodeString(strings.ToUpper(letters))
	if err != nil || len(b) <= 1+inviteSum {
		return Invite{}, fmt.Errorf("%w: it is cut short; copy it whole", ErrInvite)
	}
	body, sum := b[:len(b)-inviteSum], b[len(b)-inviteSum:]
	switch {
	case !bytes.Equal(sum, checksum(body)), strings.ToLower(inviteText.EncodeToString(b)) != letters:
		return Invite{}, fmt.Errorf("%w: a letter is wrong or missing; copy it again", ErrInvite)
	case body[0] != inviteVersion:
		return Invite{}, fmt.Errorf("%w: version %d, this program knows %d; try a newer one", ErrInvite, body[0], inviteVersion)
	}
	return inviteFromWire(body[1:])
}

func inviteFromWire(b []byte) (Invite, error) {
	var m bywayv1.Invite
	if err := proto.Unmarshal(b, &m); err != nil {
		return Invite{}, fmt.Errorf("%w: %w", ErrInvite, err)
	}
	id, err := record.IDFromBytes(m.GetCommunity())
	if err != nil {
		return Invite{}, fmt.Errorf("%w: %w", ErrInvite, err)
	}
	roads, err := road.FromWire(m.GetRoads(), MaxRoads)
	if err != nil {
		return Invite{}, fmt.Errorf("%w: %w", ErrInvite, err)
	}
	if id.IsZero() || len(roads) == 0 {
		return Invite{}, fmt.Errorf("%w: it names no community, or no road that this program knows", ErrInvite)
	}
	return Invite{Community: id, Roads: roads}, nil
}
