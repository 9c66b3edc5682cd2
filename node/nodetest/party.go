package nodetest

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/libp2p/go-libp2p/core/host"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/store"
)

// startTime bounds, in simulated time, a start and what goes on between a test and one node.
const startTime = time.Minute

// Party is a node on the network, by its name. Node and API are those of its last start.
type Party struct {
	*node.Node
	// API is the node's control API.
	API  *localapi.Client
	Name string

	net    *Net
	ip     string
	config node.Config
	memory *store.Memory
	kept   *kept
	up     bool
}

// Person starts a person's node, closed with the test. Alternatives of SD-BASE and
// SD-BASE-DP are taken unasked.
func (n *Net) Person(name string) *Party {
	return n.party(name, node.Config{Preferences: &node.Preferences{
		Acceptable: []string{"SD-BASE", "SD-BASE-DP"}, Apply: node.Always, OffList: node.AskMe,
	}})
}

// Shop starts an organisation's node with this policy, closed with the test.
func (n *Net) Shop(name string, p node.Policy) *Party {
	return n.party(name, node.Config{Organisation: name, Policy: &p})
}

// Steward starts the node of an organisation that is a steward, closed with the test.
func (n *Net) Steward(name string) *Party {
	return n.party(name, node.Config{Organisation: name, Steward: true})
}

func (n *Net) party(name string, c node.Config) *Party {
	n.t.Helper()
	p := &Party{Name: name, net: n, ip: n.address(), config: c, memory: store.NewMemory()}
	p.config.Dir, p.config.Listen = n.t.TempDir(), []string{listen(p.ip, port)}
	p.start()
	n.closes(p)
	return p
}

// closes has a party's node closed with the test, where it is up then.
func (n *Net) closes(p *Party) {
	n.t.Cleanup(func() {
		if !p.up {
			return
		}
		p.API.Close()
		if err := p.Close(); err != nil {
			n.t.Errorf("%s closes: %v", p.Name, err)
		}
	})
}

func (p *Party) start() {
	t := p.net.t
	t.Helper()
	c, k := newControl(), &kept{Memory: p.memory}
	n, err := node.NewWith(p.config, parts.Parts{
		Store:   func(context.Context, string, [32]byte, *slog.Logger) (parts.Store, error) { return k, nil },
		Host:    func(c parts.HostConfig) (host.Host, error) { return p.net.host(p.ip, c) },
		Control: func(string) (net.Listener, error) { return c, nil },
		Now:     time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	if err := n.Start(ctx); err != nil {
		t.Fatalf("%s starts: %v", p.Name, err)
	}
	p.Node, p.API, p.kept, p.up = n, localapi.NewClient(c.dial), k, true
}

// OnKept calls f once, when the party's node has next kept records and before it acts on
// that. f must not wait for the node.
func (p *Party) OnKept(f func()) {
	p.kept.mu.Lock()
	defer p.kept.mu.Unlock()
	p.kept.after = f
}

// Unplug takes the party off the network, with its store as it is now. What still runs of
// the node reaches nobody and keeps nothing. It may be called from anywhere.
func (p *Party) Unplug() {
	p.kept.unplug()
	p.net.plug(p.ip, false)
}

// Crash unplugs the party and clears away what still runs of its node.
func (p *Party) Crash() {
	p.Unplug()
	p.up = false
	p.API.Close()
	_ = p.Close() // a node without its store may say so
}

// Restart starts the party's node again after Crash, from what its store held.
func (p *Party) Restart() {
	p.net.t.Helper()
	p.net.plug(p.ip, true)
	p.start()
}

// Meet makes another party, or whoever has the address, a contact of this one under a petname.
func (p *Party) Meet(address, petname string) {
	t := p.net.t
	t.Helper()
	ctx, cancel := p.net.soon()
	defer cancel()
	if _, err := p.API.Node.Meet(ctx, &localv1.MeetRequest{Address: address, Petname: petname}); err != nil {
		t.Fatalf("%s meets %s: %v", p.Name, petname, err)
	}
}

// Address is where the party's node is reached.
func (p *Party) Address() string {
	t := p.net.t
	t.Helper()
	ctx, cancel := p.net.soon()
	defer cancel()
	st, err := p.Status(ctx)
	if err != nil || len(st.Addresses) == 0 {
		t.Fatalf("%s is reached nowhere: %v", p.Name, err)
	}
	return st.Addresses[0]
}

func (n *Net) soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(n.t.Context(), startTime)
}
