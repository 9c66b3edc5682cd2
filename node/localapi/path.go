package localapi

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

const (
	socketName = "node.sock"
	// maxPath is the longest path that is bound, in bytes. The smallest sun_path in use
	// has 104 with its closing zero (macOS, the BSDs); Linux has 108.
	maxPath = 100
)

// ErrFolder is returned for a folder that others could write to or own: a socket in it
// isn't the owner's alone.
var ErrFolder = errors.New("folder isn't the owner's alone")

// SocketPath returns where the socket of the node in dir is, whether one runs or not:
// in dir, or, where that would be over 100 bytes, in the user's run-time folder under a
// name that follows from dir.
func SocketPath(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the socket of %s: %w", dir, err)
	}
	if direct, err := filepath.EvalSymlinks(abs); err == nil {
		abs = direct
	}
	if path := filepath.Join(abs, socketName); len(path) <= maxPath {
		return path, nil
	}
	sum := sha256.Sum256([]byte(abs))
	name := hex.EncodeToString(sum[:8]) + ".sock"
	folder := filepath.Join(os.TempDir(), "byway-"+strconv.Itoa(os.Geteuid()))
	if run := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(run) {
		folder = filepath.Join(run, "byway")
	}
	path := filepath.Join(folder, name)
	if len(path) > maxPath {
		return "", fmt.Errorf("socket path %s: %d bytes, at most %d (try: set XDG_RUNTIME_DIR to a shorter folder)", path, len(path), maxPath)
	}
	return path, nil
}

// secureFolder makes folder where it isn't there, and its mode 0700 whatever it was. It
// refuses with ErrFolder what isn't a folder of this user's: in a folder for all, such
// as /tmp, somebody else may have made it first.
func secureFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the socket's folder: %w", err)
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return fmt.Errorf("look at the socket's folder: %w", err)
	}
	if !info.IsDir() || !ownedByMe(info) {
		return fmt.Errorf("%w: %s", ErrFolder, folder)
	}
	if info.Mode().Perm() == 0o700 {
		return nil
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return fmt.Errorf("keep others out of the socket's folder: %w", err)
	}
	return nil
}
