package node_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// drillsInCI is how many restore drills run where FULL isn't set, one of each kind; with FULL=1 it is drillsInFull.
const (
	drillsInCI   = 4
	drillsInFull = 100
)

// Each drill loses one side's folder for good and restores it from its words and a backup:
// what the backup has, and what the counterparty still holds, is back, and what was under way goes on.
func TestWhatWasLostComesBackFromTheWordsABackupAndTheCounterparty(t *testing.T) {
	n := drillsInCI
	if os.Getenv("FULL") != "" {
		n = drillsInFull
	}
	drills(t, n)
}

// drills runs n of them: by turns the person and the shop lose all, with their exchanges
// under way begun before the backup or after it.
func drills(t *testing.T, n int) {
	for i := range n {
		d := drill{shopLoses: i%2 == 1, late: i/2%2 == 1, parts: i % 3}
		t.Run(fmt.Sprintf("%d %s", i+1, d), func(t *testing.T) { d.run(t) })
	}
}

// A drill is one way to lose all.
type drill struct {
	shopLoses bool // and not the person
	late      bool // what is under way began after the backup
	parts     int  // backups after the full one
}

func (d drill) String() string {
	who, when := "the person", "before"
	if d.shopLoses {
		who = "the shop"
	}
	if d.late {
		when = "after"
	}
	return fmt.Sprintf("%s loses all, and what is under way began %s the backup of %d parts", who, when, d.parts+1)
}

// asks has a human decide on what the policy doesn't name.
var asks = node.Policy{
	Rules:     map[string]node.Rule{"SD-BASE": {Reply: node.Accept}, "SD-BASE-DP": {Reply: node.Accept}},
	Otherwise: node.AskHuman, From: node.Anyone,
}

func (d drill) run(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	w := newWorld(ctx, t)
	before, cast := w.agree(ctx, "SD-BASE"), w.cast(ctx)
	var going underWay
	if !d.late {
		going = w.begin(ctx, cast)
	}
	lost := w.alice
	if d.shopLoses {
		lost = w.bakery
	}
	for range d.parts + 1 {
		lost.backUp(ctx, w.usb)
	}
	after := w.agree(ctx, "SD-BASE-DP")
	if d.late {
		going = w.begin(ctx, cast)
	}
	was := map[string][]byte{before: lost.export(ctx, before), after: lost.export(ctx, after)}
	for range restores {
		loss := time.Now()
		lost.lose(ctx, w.usb)
		for id, want := range was {
			lost.hasBack(ctx, id, want, loss)
		}
		id := w.agree(ctx, "SD-BASE") // what is new goes on, in a new epoch
		was[id] = lost.export(ctx, id)
	}
	w.finish(ctx, going)
	w.agree(ctx, "SD-BASE")
	w.whole(ctx)
}

// restores is how often one backup is restored: the second and the third each find the one before.
const restores = 3

// hasBack returns once an agreement is there that was made before a loss, as it was.
func (n *drillNode) hasBack(ctx context.Context, id string, want []byte, loss time.Time) {
	n.t.Helper()
	stands(ctx, n.t, n.api, id, "complete")
	got, err := n.api.Dealing.GetAgreement(ctx, &localv1.GetAgreementRequest{Id: id})
	if made := got.GetAgreement().GetMade().AsTime(); err != nil || !made.Before(loss) {
		n.t.Errorf("%s was made at %v, which is after the loss (%v)", id, made, err)
	}
	if got := n.export(ctx, id); !bytes.Equal(got, want) {
		n.t.Errorf("%s is another record than before", id)
	}
}

// The first restores died, too: the same backup brings all back once more, and nobody is taken for a thief.
func TestTheSameBackupIsRestoredAgainAndAgain(t *testing.T) {
	for name, lost := range map[string]func(world) *drillNode{
		"the person's": func(w world) *drillNode { return w.alice },
		"the shop's":   func(w world) *drillNode { return w.bakery },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			w := newWorld(ctx, t)
			n := lost(w)
			ids := []string{w.agree(ctx, "SD-BASE")}
			n.backUp(ctx, w.usb)
			for range restores {
				ids = append(ids, w.agree(ctx, "SD-BASE-DP"))
				n.lose(ctx, w.usb)
				for _, id := range ids {
					stands(ctx, t, n.api, id, "complete")
				}
				w.resumed(ctx, n)
			}
			w.agree(ctx, "SD-BASE")
			w.whole(ctx)
		})
	}
}

// resumed waits until a node waits for nothing any more.
func (w world) resumed(ctx context.Context, n *drillNode) {
	w.t.Helper()
	eventually(ctx, w.t, "all is resumed", func() bool {
		r, err := n.api.Relations.ListRelations(ctx, &localv1.ListRelationsRequest{})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, rel := range r.GetRelations() {
			if rel.GetResuming() != "" {
				return false
			}
		}
		return len(r.GetRelations()) > 0
	})
}

// drillNode is a node on real sockets, in a folder that can be lost.
type drillNode struct {
	t      *testing.T
	config node.Config
	words  string
	name   string   // a shop's
	key    node.Key // a shop's
	node   *node.Node
	api    *localapi.Client
}

func newDrillNode(t *testing.T, c node.Config) *drillNode {
	t.Helper()
	c.Dir, c.Safe = shortDir(t), node.SafeUnsealed
	m, err := node.Init(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	n := &drillNode{t: t, config: c, words: m.Words, name: c.Organisation, key: m.Key}
	n.start()
	t.Cleanup(n.stop)
	return n
}

func (n *drillNode) start() {
	n.t.Helper()
	var err error
	if n.node, err = node.New(n.config); err != nil {
		n.t.Fatal(err)
	}
	if err := n.node.Start(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
	if n.api, err = localapi.Dial(n.t.Context(), n.config.Dir); err != nil {
		n.t.Fatal(err)
	}
}

func (n *drillNode) stop() {
	n.t.Helper()
	n.api.Close()
	if err := n.node.Close(); err != nil {
		n.t.Error(err)
	}
}

// backUp makes a backup while the node runs.
func (n *drillNode) backUp(ctx context.Context, folder string) *localv1.Backup {
	n.t.Helper()
	s, err := n.api.Keeping.Backup(ctx, &localv1.BackupRequest{Folder: folder})
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // it was read to its result
	for {
		r, err := s.Receive()
		if err != nil {
			n.t.Fatal(err)
		}
		if b := r.GetBackup(); b != nil {
			return b
		}
	}
}

// lose ends the node, deletes its folder, restores another one on a bare machine and runs it.
func (n *drillNode) lose(ctx context.Context, usb string) {
	n.t.Helper()
	n.stop()
	if err := os.RemoveAll(n.config.Dir); err != nil {
		n.t.Fatal(err)
	}
	n.config.Dir, n.config.Organisation = shortDir(n.t), ""
	r, err := node.Restore(ctx, n.config, node.RestoreOptions{From: usb, Words: n.words})
	if err != nil {
		n.t.Fatal(err)
	}
	if r.Organisation != n.name {
		n.t.Errorf("%q came back, want %q", r.Organisation, n.name)
	}
	n.start()
	n.t.Cleanup(n.stop) // before its folder goes; the one of the lost node comes too late for that
}

func (n *drillNode) export(ctx context.Context, id string) []byte {
	n.t.Helper()
	r, err := n.api.Dealing.Export(ctx, &localv1.ExportRequest{Id: id})
	if err != nil {
		n.t.Fatal(err)
	}
	return r.GetRecord()
}

// world is a person and a shop that know each other.
type world struct {
	t             *testing.T
	alice, bakery *drillNode
	usb           string
}

func newWorld(ctx context.Context, t *testing.T) world {
	t.Helper()
	w := world{
		t: t, usb: filepath.Join(t.TempDir(), "usb"),
		alice: newDrillNode(t, node.Config{}), bakery: newDrillNode(t, node.Config{Organisation: "The Bakery", Policy: &asks}),
	}
	list, err := os.Open("../examples/lists/roaster.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }() // it was only read
	if _, err := w.bakery.node.Import(ctx, list, node.ImportOptions{Strict: true}, node.ByHuman); err != nil {
		t.Fatal(err)
	}
	st, err := w.bakery.node.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.alice.api.Node.Meet(ctx, &localv1.MeetRequest{Address: st.Addresses[0], Petname: "bread"}); err != nil {
		t.Fatal(err)
	}
	return w
}

// agree settles terms between the two, and returns the thread's id.
func (w world) agree(ctx context.Context, terms string) string {
	w.t.Helper()
	p, err := w.alice.api.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bread", Terms: terms, WaitMs: 5000})
	if err != nil {
		w.t.Fatal(err)
	}
	id := p.GetAgreement().GetId()
	stands(ctx, w.t, w.alice.api, id, "complete")
	stands(ctx, w.t, w.bakery.api, id, "complete")
	return id
}

// cast has the person look for something, and the shop hear of it.
func (w world) cast(ctx context.Context) node.ID {
	w.t.Helper()
	coffee, err := node.ParseCategory("food/coffee")
	if err != nil {
		w.t.Fatal(err)
	}
	cast, err := w.alice.node.Cast(ctx, node.Wish{Category: coffee, Text: "espresso beans", Quantity: 2, To: []node.Key{w.bakery.key}})
	if err != nil {
		w.t.Fatal(err)
	}
	eventually(ctx, w.t, "the shop hears what she looks for", func() bool {
		r, err := w.bakery.api.Casting.ListIntentions(ctx, &localv1.ListIntentionsRequest{})
		return err == nil && len(r.GetIntentions()) > 0
	})
	return cast.ID
}

// underWay is a proffer that a human is asked about, and an offer that isn't taken yet.
type underWay struct {
	asked       string
	cast, offer node.ID
}

func (w world) begin(ctx context.Context, cast node.ID) underWay {
	w.t.Helper()
	p, err := w.alice.api.Dealing.Proffer(ctx, &localv1.ProfferRequest{Who: "bread", Terms: "PDC-AI"})
	if err != nil {
		w.t.Fatal(err)
	}
	stands(ctx, w.t, w.bakery.api, p.GetAgreement().GetId(), "waiting")
	if _, err := w.bakery.api.Casting.Offer(ctx, &localv1.OfferRequest{IntentionId: cast.String(), Item: "B-YIR-250"}); err != nil {
		w.t.Fatal(err)
	}
	return underWay{p.GetAgreement().GetId(), cast, w.offered(ctx, cast)}
}

// offered returns the offer that came for a cast, once it has.
func (w world) offered(ctx context.Context, cast node.ID) node.ID {
	w.t.Helper()
	offers, err := w.alice.node.Offers(ctx, cast, 1)
	if err != nil || len(offers) == 0 {
		w.t.Fatalf("%d offers came (%v)", len(offers), err)
	}
	return offers[0].ID
}

// finish takes to its end what was under way.
func (w world) finish(ctx context.Context, u underWay) {
	w.t.Helper()
	stands(ctx, w.t, w.bakery.api, u.asked, "waiting")
	var decided error
	eventually(ctx, w.t, "the relationship is resumed, so that it can be decided in", func() bool {
		_, decided = w.bakery.api.Dealing.Decide(ctx, &localv1.DecideRequest{Id: u.asked, Answer: "accept"})
		return decided == nil || !strings.Contains(decided.Error(), "is being resumed")
	})
	if decided != nil {
		w.t.Errorf("decide on what was asked: %v", decided)
		return
	}
	stands(ctx, w.t, w.alice.api, u.asked, "complete")
	w.offered(ctx, u.cast)
	a, err := w.alice.node.Accept(ctx, u.offer)
	if err != nil {
		w.t.Errorf("take the offer: %v", err)
		return
	}
	stands(ctx, w.t, w.alice.api, a.ID.String(), "complete")
	stands(ctx, w.t, w.bakery.api, a.ID.String(), "complete")
}

// stands returns once a thread is there and in a state; "waiting" is for the owner's decision.
func stands(ctx context.Context, t *testing.T, api *localapi.Client, id, state string) {
	t.Helper()
	eventually(ctx, t, id+" is "+state, func() bool {
		got, err := api.Dealing.GetAgreement(ctx, &localv1.GetAgreementRequest{Id: id})
		a := got.GetAgreement()
		return err == nil && (a.GetState() == state || state == "waiting" && a.GetWaiting())
	})
}

// eventually returns once done says so.
func eventually(ctx context.Context, t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		}
	}
}
