package disk

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
)

// simPage is what a disk writes at once, in bytes.
const simPage = 4096

// Sim is a file system in memory whose power can be cut: names last from SyncDir on,
// bytes from Sync on. A folder that nobody made was always there. Safe for concurrent use.
type Sim struct {
	mu      sync.Mutex
	now     map[string]*inode // what programs see
	durable map[string]*inode // the names that outlive a cut
	made    map[string]bool   // folders, and whether they outlive a cut
	lax     bool
}

type inode struct {
	now, durable []byte
	lost         map[int]bool // pages that aren't durable, though no sync writes them
}

// NewSim returns an empty one.
func NewSim() *Sim {
	return &Sim{now: map[string]*inode{}, durable: map[string]*inode{}, made: map[string]bool{}}
}

// Lax makes every later Sync and SyncDir do nothing: the control of every test with cuts.
func (s *Sim) Lax() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lax = true
}

// Cut returns what is left when the power goes now: of what wasn't synced any names and any
// pages, as r has it. The old one goes on as if nothing had happened.
func (s *Sim) Cut(r *rand.Rand) *Sim {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := NewSim()
	for _, dir := range slices.Sorted(maps.Keys(s.made)) {
		out.made[dir] = out.has(dir) && (s.made[dir] || r.IntN(2) == 0)
	}
	names := maps.Clone(s.now)
	maps.Copy(names, s.durable)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		node := s.durable[name]
		if s.now[name] != node && r.IntN(2) == 0 {
			node = s.now[name]
		}
		if node != nil && out.has(name) {
			out.put(name, node.torn(r))
		}
	}
	maps.DeleteFunc(out.made, func(_ string, left bool) bool { return !left })
	return out
}

// has reports whether none of the folders around a name went.
func (s *Sim) has(name string) bool {
	for dir := filepath.Dir(name); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if left, ok := s.made[dir]; ok && !left {
			return false
		}
	}
	return true
}

func (s *Sim) put(name string, b []byte) {
	node := &inode{now: b, durable: slices.Clone(b)}
	s.now[name], s.durable[name] = node, node
}

// torn returns the durable bytes with some pages as they are now.
func (n *inode) torn(r *rand.Rand) []byte {
	out := slices.Clone(n.durable)
	for at := 0; at < len(n.now); at += simPage {
		if r.IntN(2) == 0 {
			continue
		}
		end := min(at+simPage, len(n.now))
		if end > len(out) {
			out = append(out, make([]byte, end-len(out))...)
		}
		copy(out[at:end], n.now[at:end])
	}
	return out
}

type simFile struct {
	fs   *Sim
	node *inode
	name string
}

// Create implements FS.
func (s *Sim) Create(name string) (File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now[name] != nil {
		return nil, fmt.Errorf("create %s: %w", name, fs.ErrExist)
	}
	s.now[name] = &inode{}
	return simFile{s, s.now[name], name}, nil
}

// Open implements FS.
func (s *Sim) Open(name string) (File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now[name] == nil {
		return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	return simFile{s, s.now[name], name}, nil
}

// Rename implements FS.
func (s *Sim) Rename(from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now[from] == nil {
		return fmt.Errorf("rename %s: %w", from, fs.ErrNotExist)
	}
	s.now[to] = s.now[from]
	delete(s.now, from)
	return nil
}

// Remove implements FS.
func (s *Sim) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now[name] == nil {
		return fmt.Errorf("remove %s: %w", name, fs.ErrNotExist)
	}
	delete(s.now, name)
	return nil
}

// MakeDir implements FS.
func (s *Sim) MakeDir(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	dir = filepath.Clean(dir)
	if _, ok := s.made[dir]; !ok {
		s.made[dir] = false
	}
	return nil
}

// Names implements FS.
func (s *Sim) Names(dir string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for name := range s.now {
		if filepath.Dir(name) == filepath.Clean(dir) {
			out = append(out, filepath.Base(name))
		}
	}
	slices.Sort(out)
	return out, nil
}

// SyncDir implements FS.
func (s *Sim) SyncDir(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lax {
		return nil
	}
	for name := range s.durable {
		if filepath.Dir(name) == filepath.Clean(dir) && s.now[name] == nil {
			delete(s.durable, name)
		}
	}
	for name, node := range s.now {
		if filepath.Dir(name) == filepath.Clean(dir) {
			s.durable[name] = node
		}
	}
	for name := range s.made {
		if filepath.Dir(name) == filepath.Clean(dir) {
			s.made[name] = true
		}
	}
	return nil
}

// Free implements FS: there is always room.
func (s *Sim) Free(string) (free, total uint64, err error) {
	return math.MaxUint64, math.MaxUint64, nil
}

// ReadAt implements File.
func (f simFile) ReadAt(b []byte, at int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if at >= int64(len(f.node.now)) {
		return 0, io.EOF
	}
	n := copy(b, f.node.now[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements File.
func (f simFile) WriteAt(b []byte, at int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if end := int(at) + len(b); end > len(f.node.now) {
		f.node.now = append(f.node.now, make([]byte, end-len(f.node.now))...)
	}
	for page := int(at) / simPage; page*simPage < int(at)+len(b); page++ {
		delete(f.node.lost, page)
	}
	return copy(f.node.now[at:], b), nil
}

// Sync implements File.
func (f simFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if !f.fs.lax {
		f.node.durable = f.node.synced()
	}
	return nil
}

// synced returns what is durable after a sync.
func (n *inode) synced() []byte {
	out := slices.Clone(n.now)
	for page := range n.lost {
		at := page * simPage
		end := min(at+simPage, len(out))
		clear(out[at+copy(out[at:end], n.durable[min(at, len(n.durable)):]) : end])
	}
	return out
}

// lose makes a sync fail: what it was to write is never written, unless it is changed again.
func (f simFile) lose() {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	n := f.node
	n.lost = map[int]bool{}
	for at := 0; at < len(n.now); at += simPage {
		end := min(at+simPage, len(n.now))
		if end > len(n.durable) || !slices.Equal(n.now[at:end], n.durable[at:end]) {
			n.lost[at/simPage] = true
		}
	}
}

// Forget implements File.
func (f simFile) Forget() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	f.node.now, f.node.lost = f.node.synced(), nil
	return nil
}

// Size implements File.
func (f simFile) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return int64(len(f.node.now)), nil
}

// Close implements File.
func (f simFile) Close() error { return nil }
