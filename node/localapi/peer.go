package localapi

import (
	"errors"
	"fmt"
	"net"
	"os"
)

// ErrPeer is returned where the process at the other end of a socket belongs to
// another user.
var ErrPeer = errors.New("process of another user at the other end")

// errNoPeer says that this system doesn't tell whose process is at the other end.
var errNoPeer = errors.New("peer unknown on this system")

// A uidOf tells which user's process is at the other end of c, or errNoPeer.
type uidOf func(c *net.UnixConn) (int, error)

// checkPeer lets through this user's processes, and anybody's where the system
// doesn't tell: there the modes of socket and folder keep others out alone.
func checkPeer(c *net.UnixConn, of uidOf) error {
	uid, err := of(c)
	if errors.Is(err, errNoPeer) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: can't tell whose: %w", ErrPeer, err)
	}
	if me := os.Geteuid(); uid != me {
		return fmt.Errorf("%w: uid %d, not %d", ErrPeer, uid, me)
	}
	return nil
}
