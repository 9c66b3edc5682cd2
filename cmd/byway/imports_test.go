package main_test

import (
	"slices"
	"testing"
)

// What several rules name.
const (
	pubsub = "github.com/libp2p/go-libp2p-pubsub/..."
	kadDHT = "github.com/libp2p/go-libp2p-kad-dht/..."
	libp2p = "github.com/libp2p/..."
	badger = "github.com/dgraph-io/badger/..."
	wire   = "proto/byway/v1"
)

// leaves are what every protocol may name: they know the record at most.
var leaves = []string{
	"protocol/terms", "protocol/category", "protocol/answer", "protocol/money",
	"protocol/road", "protocol/form", "protocol/commitment",
}

// A rule forbids imports by code that isn't a test. Our own packages go by their
// folder, others by their import path; see matches for the patterns.
type rule struct {
	name   string
	from   []string // the packages bound by it,
	except []string // less these,
	file   string   // and only files whose path holds this
	ours   []string // of our packages they import these alone; nil for no such bound
	never  []string // what they don't import
	why    string
	seed   edge // an import that it has to refuse
}

var rules = []rule{
	{
		name: "proto is the bottom",
		from: []string{"proto/..."},
		ours: []string{},
		why:  "the schema serves programs in other languages: nothing of ours may be needed to build it",
		seed: edge{from: "proto/byway/v1", to: "protocol/record"},
	},
	{
		name: "record knows the schema alone",
		from: []string{"protocol/record"},
		ours: []string{wire},
		why:  "who verifies a file needs the record, and nothing that acts on one",
		seed: edge{from: "protocol/record", to: "protocol/answer"},
	},
	{
		name: "leaves know the record at most",
		from: leaves,
		ours: []string{"protocol/record", wire},
		why:  "every protocol imports the leaves: what one of them pulls in, all pull in",
		seed: edge{from: "protocol/terms", to: "protocol/agreement"},
	},
	{
		name: "protocols don't know each other",
		from: []string{"protocol/..."}, except: []string{"protocol/evidence"},
		ours: append([]string{"protocol/record", "protocol/record/recordtest", "protocol/form/formtest", wire}, leaves...),
		why:  "each can be read, tested and replaced alone; they meet in the node, by record.ID",
		seed: edge{from: "protocol/offer", to: "protocol/agreement"},
	},
	{
		name: "evidence knows what it proves",
		from: []string{"protocol/evidence"},
		ours: append([]string{"protocol/agreement", "protocol/record", "protocol/record/recordtest", "protocol/form/formtest", wire}, leaves...),
		why:  "a bundle is of one agreement, whose rules are written once; it says nothing to anybody, so nothing in the node waits for it",
		seed: edge{from: "protocol/evidence", to: "protocol/intention"},
	},
	{
		name: "protocols are plain handlers",
		from: []string{"protocol/..."}, except: []string{"protocol/exchange"},
		never: []string{libp2p, badger, "connectrpc.com/...", "github.com/spf13/...", "net/http/..."},
		why:   "a protocol doesn't know by which road a request came, nor where its records are kept",
		seed:  edge{from: "protocol/agreement", to: "github.com/libp2p/go-libp2p/core/peer"},
	},
	{
		name: "the store interprets nothing",
		from: []string{"store/..."},
		ours: append([]string{"protocol/record", "store", "store/vault", "store/faults", "store/internal/..."}, leaves...),
		why:  "state is what a protocol folds from its records; a store that knew states could contradict it",
		seed: edge{from: "store", to: "protocol/agreement"},
	},
	{
		name: "the store alone knows Badger",
		from: []string{"..."}, except: []string{"store/..."},
		never: []string{badger},
		why:   "what is acknowledged was synced: one writer holds that, and Badger can be replaced behind it",
		seed:  edge{from: "node/casting", to: "github.com/dgraph-io/badger/v4"},
	},
	{
		name: "the mesh alone knows pubsub",
		from: []string{"..."}, except: []string{"node/mesh"},
		never: []string{pubsub},
		why:   "a second user could join a topic without the allow-list and the validator",
		seed:  edge{from: "node/casting", to: "github.com/libp2p/go-libp2p-pubsub"},
	},
	{
		name: "finding alone knows the DHT",
		from: []string{"..."}, except: []string{"node/finding"},
		never: []string{kadDHT},
		why:   "a person's node must not look anything up there: one door is easier to keep shut",
		seed:  edge{from: "node", to: "github.com/libp2p/go-libp2p-kad-dht/records"},
	},
	{
		name: "the safe alone knows the keyring",
		from: []string{"..."}, except: []string{"node/identity/safe"},
		never: []string{"github.com/zalando/go-keyring/..."},
		why:   "its owner's keyring has one door, which is shut under go test",
		seed:  edge{from: "cmd/byway", to: "github.com/zalando/go-keyring"},
	},
	{
		name: "libp2p stays in the node",
		from: []string{"..."}, except: []string{"protocol/exchange", "node/..."},
		never: []string{libp2p},
		why:   "a verifier, a store or a client of the node is built without a network",
		seed:  edge{from: "store", to: "github.com/libp2p/go-libp2p/core/crypto"},
	},
	{
		name: "the program talks to a node",
		from: []string{"cmd/..."},
		never: []string{
			libp2p, badger, "store/...", "protocol/exchange",
			"node/mesh", "node/finding", "node/courier", "node/casting", "node/dealing",
		},
		why:  "what a command can do, a program in another language can do over the same socket",
		seed: edge{from: "cmd/byway", to: "store"},
	},
	{
		name: "the demo drives the node alone",
		from: []string{"cmd/..."}, file: "/demo",
		ours: []string{"node", "examples/lists"},
		why:  "what it shows is what somebody who embeds the node gets; the price lists are files, and no code of ours",
		seed: edge{from: "cmd/byway", file: "cmd/byway/demo_story.go", to: "protocol/agreement"},
	},
	{
		name: "examples import the node alone",
		from: []string{"examples/..."},
		ours: []string{"node"},
		why:  "they stand for programs outside of this tree: what they need, node has to give",
		seed: edge{from: "examples/vendor", to: "protocol/offer"},
	},
	{
		name: "the node is the top",
		from: []string{"..."}, except: []string{"cmd/...", "examples/...", "node/nodetest"},
		never: []string{"node"},
		why:   "a part that knows the whole can't be tested without it; localapi declares what it needs",
		seed:  edge{from: "node/localapi", to: "node"},
	},
	{
		name: "the control API knows no network and no store",
		from: []string{"node/localapi", "node/dashboard"},
		never: []string{
			libp2p, "store/...", "protocol/exchange",
			"node/mesh", "node/finding", "node/courier", "node/steward",
		},
		why:  "it serves small interfaces of its own, in the native types of dealing and casting, so it is tested without a node",
		seed: edge{from: "node/localapi", to: "store"},
	},
	{
		name: "what serves tests is not shipped",
		from: []string{"..."}, except: []string{"*test", "*/internal/makevectors"},
		never: []string{"*test", "testing"},
		why:   "a node in somebody's home holds no simulated clock or network",
		seed:  edge{from: "cmd/byway", to: "node/nodetest"},
	},
}

// refuses tells whether e breaks r. A package and its own sub-packages are one.
func (r rule) refuses(e edge) bool {
	switch {
	case !anyMatches(r.from, e.from), anyMatches(r.except, e.from), !holds(e.file, r.file):
		return false
	case anyMatches(r.never, e.to):
		return true
	}
	return r.ours != nil && e.toOurs() && !related(e.from, e.to) && !anyMatches(r.ours, e.to)
}

func TestImportsGoOneWay(t *testing.T) {
	tree := loadTree(t, moduleRoot)
	if len(tree.imports) == 0 {
		t.Fatal("found no imports at all: the test reads the wrong folder")
	}
	for _, e := range tree.imports {
		for _, r := range rules {
			if r.refuses(e) {
				t.Errorf("%s imports %s\n\tbut %s: %s", e.file, e.to, r.name, r.why)
			}
		}
	}
}

func TestEachRuleRefusesItsSeededImport(t *testing.T) {
	for _, r := range rules {
		seed := r.seed
		if seed.file == "" {
			seed.file = seed.from + "/seeded.go"
		}
		if !r.refuses(seed) {
			t.Errorf("%s: lets %s import %s", r.name, seed.from, seed.to)
		}
	}
}

func TestImportsThatTheDesignHasAreAllowed(t *testing.T) {
	for _, e := range []edge{
		{from: "protocol/record", to: wire},
		{from: "protocol/record", to: "github.com/ipfs/go-cid"},
		{from: "protocol/agreement", to: "protocol/record"},
		{from: "protocol/agreement", to: "protocol/terms"},
		{from: "protocol/catalog", to: "protocol/catalog/sheet"},
		{from: "protocol/exchange", to: "github.com/libp2p/go-libp2p/core/network"},
		{from: "store", to: "github.com/dgraph-io/badger/v4"},
		{from: "store", to: "protocol/record"},
		{from: "node", to: "store"},
		{from: "node", to: "node/localapi"},
		{from: "node/mesh", to: "github.com/libp2p/go-libp2p-pubsub"},
		{from: "node/finding", to: "github.com/libp2p/go-libp2p-kad-dht"},
		{from: "node/internal/parts", to: "github.com/libp2p/go-libp2p/core/network"},
		{from: "node/localapi", to: "proto/byway/local/v1/localv1connect"},
		{from: "node/nodetest", to: "node"},
		{from: "cmd/byway", file: "cmd/byway/verify.go", to: "protocol/agreement"},
		{from: "cmd/byway", file: "cmd/byway/demo.go", to: "node"},
		{from: "cmd/byway", file: "cmd/byway/demo_market.go", to: "examples/lists"},
		{from: "examples/vendor", to: "node"},
	} {
		for _, r := range rules {
			if r.refuses(e) {
				t.Errorf("%s: refuses %s importing %s", r.name, e.from, e.to)
			}
		}
	}
}

// Scope, memory, deadline, framing, rate and reset codes are right once, there.
const streamsBelongTo = "protocol/exchange"

func TestExchangeAloneTouchesStreams(t *testing.T) {
	for _, c := range loadTree(t, moduleRoot).streamCalls {
		if c.from != streamsBelongTo {
			t.Errorf("%s calls %s\n\tbut streams are opened and served in %s alone", c.file, c.to, streamsBelongTo)
		}
	}
}

// What a verifier is built from has neither a network nor a database in it, however
// far down: whoever gets a record can check it with a small program.
func TestProtocolsPullInNeitherNetworkNorDatabase(t *testing.T) {
	for _, p := range loadTree(t, moduleRoot).packages() {
		if !matches("protocol/...", p) || p == streamsBelongTo {
			continue
		}
		if heavy := heavyOf(goListDeps(t, "./"+p)); len(heavy) > 0 {
			t.Errorf("%s pulls in %v", p, heavy)
		}
	}
}

func TestANetworkFurtherDownIsSeen(t *testing.T) {
	heavy := heavyOf(goListDeps(t, "github.com/libp2p/go-libp2p-kad-dht/pb"))
	if !slices.Contains(heavy, "github.com/libp2p/go-libp2p/core/peer") {
		t.Errorf("go list -deps shows %v, not what a libp2p package pulls in", heavy)
	}
}
