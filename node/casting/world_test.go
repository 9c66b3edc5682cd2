package casting

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
)

// world is some parties on wires in memory, all of whose bytes it keeps. It runs inside
// a synctest bubble, whose clock is everybody's.
type world struct {
	t         *testing.T
	community record.ID
	mesh      *intention.Validator

	mu      sync.Mutex
	parties []*party
	wire    []byte // all requests and answers
	refuse  error  // what the steward says; nil where it publishes
	asked   int    // how often the steward was asked
}

// party is one node: its store and keys outlive the sides opened over them.
type party struct {
	w      *world
	name   string
	store  *store.Memory
	ring   *ring
	meets  map[record.Key]record.Key
	deals  []category.Path
	down   bool
	broken error // what its Store fails with; nil where it works

	person   *Person
	vendor   *Vendor
	service  *agreement.Service
	decider  agreement.Decider
	handlers map[string]answer.Handler
	calls    map[string]int
	stop     func()
}

func newWorld(t *testing.T) *world {
	return &world{t: t, community: record.SumID([]byte("the quarter")), mesh: intention.NewValidator(0)}
}

// ring makes keys by the name of their owner.
type ring struct {
	mu      sync.Mutex
	name    string
	signers map[record.Key]record.Signer
}

func (r *ring) make(context.Context) (record.Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := recordtest.Signer(fmt.Sprintf("%s %d", r.name, len(r.signers)))
	r.signers[s.Key()] = s
	return s.Key(), nil
}

func (r *ring) Signer(_ context.Context, k record.Key) (record.Signer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.signers[k]; ok {
		return s, nil
	}
	return nil, fmt.Errorf("not a key of %s's", r.name)
}

func (r *ring) Owns(k record.Key) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.signers[k] != nil
}

func (w *world) party(name string) *party {
	p := &party{
		w: w, name: name, store: store.NewMemory(), ring: &ring{name: name, signers: map[record.Key]record.Signer{}},
		meets: map[record.Key]record.Key{}, calls: map[string]int{}, deals: []category.Path{path(w.t, "food")},
	}
	w.parties = append(w.parties, p)
	return p
}

// change changes what others read meanwhile, such as whether somebody is down.
func (w *world) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// times returns how often the steward was asked.
func (w *world) times() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

// line is a wire by which one protocol is spoken.
type line struct {
	w  *world
	id string
}

func (l line) Call(ctx context.Context, to record.Key, req []byte) answer.Outcome {
	p, h := l.w.open(l.id, to, req)
	if h == nil {
		return answer.Outcome{Inferred: answer.ErrNoRoad}
	}
	resp, err := h(ctx, bytes.Clone(req))
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	l.w.wire = append(l.w.wire, resp...)
	var refusal *answer.Refusal
	switch {
	case p.down:
		return answer.Outcome{Inferred: answer.ErrNoRoad}
	case err == nil:
		return answer.Outcome{Resp: resp}
	case errors.As(err, &refusal):
		return answer.Outcome{Said: refusal.Status, Text: refusal.Text}
	}
	return answer.Outcome{Said: answer.Internal}
}

func (l line) Speaks(context.Context, record.Key) (bool, error) { return true, nil }

func (w *world) open(id string, to record.Key, req []byte) (*party, answer.Handler) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.parties {
		if p.ring.Owns(to) && !p.down {
			w.wire = append(w.wire, req...)
			p.calls[id]++
			return p, p.handlers[id]
		}
	}
	return nil, nil
}

// Publish is the community's steward and mesh in one.
func (w *world) Publish(ctx context.Context, community record.ID, top string, data []byte) error {
	w.mu.Lock()
	w.asked++
	refuse := w.refuse
	w.mu.Unlock()
	if refuse != nil {
		return refuse
	}
	path, err := category.Parse(top)
	if err != nil {
		return err
	}
	verdict, item, err := w.mesh.Check(data, community, path, time.Now())
	if verdict != intention.Accept {
		return intention.Refusal(err)
	}
	w.mu.Lock()
	w.wire = append(w.wire, data...)
	var vendors []*Vendor
	for _, p := range w.parties {
		if p.vendor != nil && !p.down {
			vendors = append(vendors, p.vendor)
		}
	}
	w.mu.Unlock()
	for _, v := range vendors {
		if err := v.Heard(ctx, item, ByMesh); err != nil {
			return err
		}
	}
	return nil
}

// Learn implements Roads: wires in memory need none.
func (w *world) Learn(record.Key, []road.Road) error { return nil }

func (p *party) settle() {
	p.service = agreement.NewService(agreement.Config{Journal: p.store, Keys: p.ring, Caller: line{p.w, agreement.ID}, Decider: p.decider})
	p.handlers = map[string]answer.Handler{agreement.ID: p.service.Handle}
}

func (p *party) roads() []road.Road {
	return []road.Road{{Peer: []byte("peer of " + p.name), Addresses: [][]byte{[]byte("address of " + p.name)}}}
}

// asPerson opens, or opens again after a crash, the person's side.
func (p *party) asPerson() *Person {
	p.w.t.Helper()
	p.crash()
	p.settle()
	var err error
	p.person, err = OpenPerson(p.w.t.Context(), PersonConfig{
		Store: flaky{p.store, p}, Keys: p.ring, NewKey: p.ring.make, Meet: p.meet, Agreements: p.service, Publisher: p.w,
		Direct: line{p.w, intention.ID}, Roads: p.w, Reply: p.roads, Roster: terms.Default(),
		Acceptable: func() []string { return []string{"SD-BASE", "SD-BASE-DP"} },
	})
	if err != nil {
		p.w.t.Fatal(err)
	}
	p.handlers[offer.ID] = p.person.Handle
	p.stop = p.run(p.person.Run)
	return p.person
}

func (p *party) meet(ctx context.Context, k record.Key) (record.Key, error) {
	if mine, ok := p.meets[k]; ok {
		return mine, nil
	}
	mine, err := p.ring.make(ctx)
	p.meets[k] = mine
	return mine, err
}

// asVendor opens, or opens again after a crash, the vendor's side; prepare registers
// handlers before it runs.
func (p *party) asVendor(prepare ...func(*Vendor)) *Vendor {
	p.w.t.Helper()
	p.crash()
	if len(p.ring.signers) == 0 {
		if _, err := p.ring.make(p.w.t.Context()); err != nil {
			p.w.t.Fatal(err)
		}
	}
	p.decider = takings{p}
	p.settle()
	var err error
	p.vendor, err = OpenVendor(p.w.t.Context(), VendorConfig{
		Store: flaky{p.store, p}, Keys: p.ring, Key: p.key(), Name: p.name, Agreements: p.service, Offers: line{p.w, offer.ID}, Roads: p.w,
		Reply: p.roads, Roster: terms.Default(), Accepts: func() []string { return []string{"SD-BASE"} },
		Categories: func() []category.Path { return p.deals }, CatalogFile: filepath.Join(p.w.t.TempDir(), "catalog.json"),
	})
	if err != nil {
		p.w.t.Fatal(err)
	}
	for _, f := range prepare {
		f(p.vendor)
	}
	p.handlers[intention.ID] = p.vendor.Handler()
	p.stop = p.run(p.vendor.Run)
	return p.vendor
}

func (p *party) key() record.Key { return recordtest.Signer(p.name + " 0").Key() }

// takings is a Decider that knows offers alone, and leaves the rest to a human.
type takings struct{ p *party }

func (d takings) Decide(ctx context.Context, p agreement.Proffer) (agreement.Decision, error) {
	if decision, ok := d.p.vendor.Taking(ctx, p); ok {
		return decision, nil
	}
	return agreement.Decision{Kind: agreement.Ask}, nil
}

// run runs f until stop, or until the test ends.
func (p *party) run(f func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(p.w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := f(ctx); !errors.Is(err, context.Canceled) {
			p.w.t.Errorf("%s stopped: %v", p.name, err)
		}
	}()
	return sync.OnceFunc(func() { cancel(); <-done })
}

// crash ends what runs over the party's store.
func (p *party) crash() {
	if p.stop != nil {
		p.stop()
	}
	p.person, p.vendor, p.stop = nil, nil, nil
}

// close ends everybody, as the end of a bubble needs.
func (w *world) close() {
	for _, p := range w.parties {
		p.crash()
	}
}

// flaky is a store that fails on purpose.
type flaky struct {
	*store.Memory
	p *party
}

func (f flaky) AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error {
	f.p.w.mu.Lock()
	broken := f.p.broken
	f.p.w.mu.Unlock()
	if broken != nil {
		return broken
	}
	return f.Memory.AppendLinked(ctx, me, them, expect, build)
}

func path(t *testing.T, s string) category.Path {
	t.Helper()
	p, err := category.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// beans is what alice mostly looks for.
func (w *world) beans() Wish {
	return Wish{Category: path(w.t, "food/coffee/beans"), Text: "espresso beans", Quantity: 2, Community: w.community}
}

const roasts = `sku,name,category,price,currency,unit
E-1,Espresso beans 1 kg,food/coffee/beans,18.50,EUR,bag
F-1,Filter beans 1 kg,food/coffee/beans,19.00,EUR,bag
`

func (p *party) imports(list string, m Mode) {
	p.w.t.Helper()
	if _, err := p.vendor.Import(p.w.t.Context(), strings.NewReader(list), catalog.Options{}); err != nil {
		p.w.t.Fatal(err)
	}
	if err := p.vendor.SetMode(p.w.t.Context(), m); err != nil {
		p.w.t.Fatal(err)
	}
}

func (p *party) cast(w Wish) Intention {
	p.w.t.Helper()
	i, err := p.person.Cast(p.w.t.Context(), w)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return i
}

func (p *party) offers(cast record.ID) []Offer {
	p.w.t.Helper()
	os, err := p.person.Offers(p.w.t.Context(), cast)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return os
}

func (p *party) sent() []Offer {
	p.w.t.Helper()
	os, err := p.vendor.Sent(p.w.t.Context(), record.ID{})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return os
}
