package nodetest

import (
	"os"
	"path/filepath"

	"github.com/bywaynet/byway/node/resuming"
	"github.com/bywaynet/byway/store"
)

// Backup is what a party kept at one time.
type Backup struct{ memory *store.Memory }

// Backup returns a copy of all that the party keeps now.
func (p *Party) Backup() Backup { return Backup{p.memory.Clone()} }

// PutBack starts the party's node again after Crash, from a backup alone, in a new epoch as
// a restore begins one.
func (p *Party) PutBack(b Backup) {
	t := p.net.t
	t.Helper()
	p.memory = b.memory.Clone()
	if err := resuming.Restore(t.Context(), p.memory, resuming.Restored{Backup: "a copy"}); err != nil {
		t.Fatalf("%s begins an epoch: %v", p.Name, err)
	}
	p.Restart()
}

// GoOn starts the party's node again after Crash from a backup as if nothing had been
// lost: what a copied disk does, and nobody should.
func (p *Party) GoOn(b Backup) {
	p.net.t.Helper()
	p.memory = b.memory.Clone()
	p.Restart()
}

// Twin starts a second node of the same party elsewhere, in a new epoch, from a backup: with
// the same root, at an address of its own. It is closed with the test.
func (p *Party) Twin(name string, b Backup) *Party {
	t := p.net.t
	t.Helper()
	twin := &Party{Name: name, net: p.net, ip: p.net.address(), config: p.config, memory: b.memory.Clone()}
	twin.config.Dir, twin.config.Listen = t.TempDir(), []string{listen(twin.ip, port)}
	if err := os.CopyFS(twin.config.Dir, os.DirFS(p.config.Dir)); err != nil {
		t.Fatalf("%s copies what %s keeps beside its store: %v", name, p.Name, err)
	}
	es, err := os.ReadDir(twin.config.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es { // copied files are open to others; a root's must not be
		mode := os.FileMode(0o600)
		if e.IsDir() {
			mode = 0o700
		}
		if err := os.Chmod(filepath.Join(twin.config.Dir, e.Name()), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := resuming.Restore(t.Context(), twin.memory, resuming.Restored{Backup: "a copy"}); err != nil {
		t.Fatalf("%s begins an epoch: %v", name, err)
	}
	twin.start()
	p.net.closes(twin)
	return twin
}
