package road

import (
	"bytes"
	"errors"
	"fmt"
)

// Bounds of one road. How many roads a message may list is its own protocol's bound.
const (
	MaxPeer      = 64  // bytes of a libp2p peer id; that of an Ed25519 key has 38
	MaxAddresses = 8   // addresses of one peer: two transports on a few networks
	MaxAddress   = 256 // bytes of a binary multiaddr; one over a relay has about 60
)

// ErrRoad says that a road can't be one; what wraps it says why. Don't try it.
var ErrRoad = errors.New("not a road")

// Road is a libp2p peer with its addresses: the one kind of road that there is yet.
// The bytes belong to whoever made the Road. The zero Road leads nowhere.
type Road struct {
	// Peer is the binary peer id, 1 to MaxPeer bytes.
	Peer []byte
	// Addresses are binary multiaddrs without the peer id, 1 to MaxAddresses of 1 to MaxAddress bytes.
	Addresses [][]byte
}

// Validate returns ErrRoad where r is out of bounds or has an address twice. Whether
// the bytes are a peer id and multiaddrs is found out by who dials.
func (r Road) Validate() error {
	if n := len(r.Peer); n < 1 || n > MaxPeer {
		return fmt.Errorf("%w: a peer id of %d bytes, want 1 to %d", ErrRoad, n, MaxPeer)
	}
	if n := len(r.Addresses); n < 1 || n > MaxAddresses {
		return fmt.Errorf("%w: %d addresses, want 1 to %d", ErrRoad, n, MaxAddresses)
	}
	for i, a := range r.Addresses {
		if n := len(a); n < 1 || n > MaxAddress {
			return fmt.Errorf("%w: an address of %d bytes, want 1 to %d", ErrRoad, n, MaxAddress)
		}
		for _, before := range r.Addresses[:i] {
			if bytes.Equal(a, before) {
				return fmt.Errorf("%w: an address twice", ErrRoad)
			}
		}
	}
	return nil
}

// Check returns ErrRoad where a list has more than most roads, or one that isn't valid.
func Check(roads []Road, most int) error {
	if n := len(roads); n > most {
		return fmt.Errorf("%w: %d roads, at most %d", ErrRoad, n, most)
	}
	for _, r := range roads {
		if err := r.Validate(); err != nil {
			return err
		}
	}
	return nil
}
