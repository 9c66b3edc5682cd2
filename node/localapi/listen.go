package localapi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrRunning is returned by Listen where a process answers on the socket already. Ask
// it for its Status to learn its pid.
var ErrRunning = errors.New("a node is running here already")

// dialFor bounds a connect on this machine, which takes microseconds unless the node
// is at its backlog.
const dialFor = 2 * time.Second

// Listen binds the socket of the node in dir and returns its path: node.sock in dir,
// or a file in $XDG_RUNTIME_DIR/byway where that path would be over 100 bytes. Its mode is
// 0600 and its folder's becomes 0700, whatever the umask. What it accepts are
// connections by this user's processes alone. A socket on which nobody answers is
// replaced; where somebody answers, the error is ErrRunning. The caller holds the lock
// on dir, so that two processes don't replace one another's socket.
func Listen(dir string) (net.Listener, string, error) {
	path, err := SocketPath(dir)
	if err != nil {
		return nil, "", err
	}
	if err := secureFolder(filepath.Dir(path)); err != nil {
		return nil, "", err
	}
	if err := clearStale(path); err != nil {
		return nil, "", err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, "", fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, "", errors.Join(fmt.Errorf("keep others out of %s: %w", path, err), l.Close())
	}
	return &listener{UnixListener: l, uid: peerUID}, path, nil
}

// clearStale removes the socket at path where nobody answers on it: what a process
// that crashed left behind.
func clearStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a socket: %w", err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is in the way: not a socket (try: move it elsewhere)", path)
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialFor)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		return errors.Join(fmt.Errorf("%w: %s answers", ErrRunning, path), c.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("try the socket that is there: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove a socket left behind: %w", err)
	}
	return nil
}

// listener accepts connections by this user's processes.
type listener struct {
	*net.UnixListener
	uid uidOf
}

// Accept waits for the next connection of this user's; another user's is closed.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if err := checkPeer(c, l.uid); err == nil {
			return c, nil
		}
		// Nothing was read and nobody waits for word of it: the error of closing is nobody's.
		_ = c.Close()
	}
}
