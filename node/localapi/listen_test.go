//go:build unix

package localapi

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestSocketIsTheOwnersAloneWhateverTheUmask(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	dir := filepath.Join(shortDir(t), "node")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	_, path := listenIn(t, dir)
	if got := modeOf(t, path); got != 0o600 {
		t.Errorf("socket has mode %o, want 600", got)
	}
	if got := modeOf(t, dir); got != 0o700 {
		t.Errorf("folder has mode %o, want 700", got)
	}
}

func TestLongPathGoesToTheRuntimeFolder(t *testing.T) {
	run := shortDir(t)
	long := filepath.Join(shortDir(t), strings.Repeat("deep/", 30))
	for name, env := range map[string]string{"XDG_RUNTIME_DIR": run, "TMPDIR": ""} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", env)
			if env == "" {
				t.Setenv("TMPDIR", run)
			}
			_, path := listenIn(t, long)
			if !strings.HasPrefix(path, run) || len(path) > maxPath {
				t.Errorf("socket is at %s, want below %s and short", path, run)
			}
			if got := modeOf(t, filepath.Dir(path)); got != 0o700 {
				t.Errorf("folder has mode %o, want 700", got)
			}
			c, err := Dial(t.Context(), long)
			if err != nil {
				t.Fatalf("Dial doesn't find it: %v", err)
			}
			c.Close()
		})
	}
}

func TestDifferentLongFoldersHaveDifferentSockets(t *testing.T) {
	base := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	a, errA := SocketPath(filepath.Join(base, "alice"))
	b, errB := SocketPath(filepath.Join(base, "bakery"))
	if errA != nil || errB != nil || a == b {
		t.Errorf("sockets are %s (%v) and %s (%v)", a, errA, b, errB)
	}
}

func TestRelativeAndLinkedFoldersFindTheSameSocket(t *testing.T) {
	dir := shortDir(t)
	link := filepath.Join(shortDir(t), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	_, path := listenIn(t, dir)
	t.Chdir(dir)
	for _, name := range []string{".", link} {
		if got, err := SocketPath(name); err != nil || got != path {
			t.Errorf("%s: socket is %s (%v), want %s", name, got, err, path)
		}
	}
}

func TestSocketThatNobodyAnswersOnIsReplaced(t *testing.T) {
	dir := shortDir(t)
	l, path := listenIn(t, dir)
	l.(*listener).SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("no stale socket to begin with: %v", err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Dial of a stale socket: %v, want ErrNotRunning", err)
	}
	listenIn(t, dir)
}

func TestSocketThatAnswersIsLeftAlone(t *testing.T) {
	dir := shortDir(t)
	_, path := listenIn(t, dir)
	if _, _, err := Listen(dir); !errors.Is(err, ErrRunning) {
		t.Errorf("second Listen: %v, want ErrRunning", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the first socket is gone: %v", err)
	}
}

func TestWhatIsNoSocketIsLeftAlone(t *testing.T) {
	dir := shortDir(t)
	path := filepath.Join(dir, socketName)
	if err := os.WriteFile(path, []byte("a diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Listen(dir); err == nil || !strings.Contains(err.Error(), "try: ") {
		t.Errorf("Listen: %v, want an error with a way out", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "a diary" {
		t.Errorf("the file holds %q (%v) now", got, err)
	}
}

func TestFolderBehindALinkInASharedPlaceIsRefused(t *testing.T) {
	run := shortDir(t)
	if err := os.Symlink(shortDir(t), filepath.Join(run, "byway")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", run)
	long := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	if _, _, err := Listen(long); !errors.Is(err, ErrFolder) {
		t.Errorf("Listen: %v, want ErrFolder", err)
	}
}

func TestAnotherUsersProcessIsTurnedAway(t *testing.T) {
	dir := shortDir(t)
	l, path := listenIn(t, dir)
	asked := 0
	l.(*listener).uid = func(c *net.UnixConn) (int, error) {
		if asked++; asked == 1 {
			return os.Geteuid() + 1, nil
		}
		return os.Geteuid(), nil
	}
	stranger, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	owner, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	got, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	if _, err := got.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 5)
	if _, err := stranger.Read(b); err == nil {
		t.Error("the stranger was let in")
	}
	if n, err := owner.Read(b); string(b[:n]) != "hello" {
		t.Errorf("the owner reads %q (%v)", b[:n], err)
	}
}

func TestClientRefusesASocketOfAnotherUser(t *testing.T) {
	_, path := listenIn(t, shortDir(t))
	for name, of := range map[string]uidOf{
		"another user": func(*net.UnixConn) (int, error) { return os.Geteuid() + 1, nil },
		"can't tell":   func(*net.UnixConn) (int, error) { return 0, syscall.EINVAL },
	} {
		if _, err := dialSocket(t.Context(), path, of); !errors.Is(err, ErrPeer) {
			t.Errorf("%s: %v, want ErrPeer", name, err)
		}
	}
	c, err := dialSocket(t.Context(), path, func(*net.UnixConn) (int, error) { return 0, errNoPeer })
	if err != nil {
		t.Fatalf("a system that doesn't tell: %v, want the modes to do", err)
	}
	_ = c.Close()
}

func TestNobodyListensIsNotRunning(t *testing.T) {
	if _, err := Dial(t.Context(), shortDir(t)); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Dial: %v, want ErrNotRunning", err)
	}
}
