package resuming

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// Store is what the chains are kept in.
type Store interface {
	resume.Journal
	Epoch(ctx context.Context) (uint32, error)
	NextEpoch(ctx context.Context) (uint32, error)
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Put(ctx context.Context, t store.Table, key, value []byte) error
	Subjects(ctx context.Context, t record.Type, after uint64, limit int) ([]store.Event, error)
	Pair(ctx context.Context, me, them record.Key) (store.Pair, error)
	Pairs(ctx context.Context, after store.Pair, limit int) ([]store.Pair, error)
	Places(ctx context.Context, me, them record.Key, side store.Side, from uint64, limit int) ([]store.Place, error)
	Faults(ctx context.Context, me, them record.Key, after []byte, limit int) ([]store.Fault, []byte, error)
}

// Agreements takes what belongs to protocol/agreement; its Service does.
type Agreements interface {
	Recover(ctx context.Context, v record.Verified, kept time.Time) ([]record.ID, error)
	RecoverAlong(ctx context.Context, thread record.ID, v record.Verified) error
	Wake(ids []record.ID)
}

// Config is what a Resuming works with. All but Offers, Others, Heard, Now and Log is required.
type Config struct {
	Store  Store
	Keys   resume.Keyring
	Caller resume.Caller
	// Agreements returns who takes agreements: a function, since that one needs Ready.
	Agreements func() Agreements
	// Offers takes an offer or, at a person's side, a taking.
	Offers func(ctx context.Context, v record.Verified) error
	// Others returns relationships of which nothing may be known here although there are some.
	Others func(ctx context.Context) ([]Pair, error)
	// Heard is told who signed what came in by the exchange that ctx is of.
	Heard func(ctx context.Context, from record.Key)
	Now   func() time.Time
	Log   *slog.Logger
}

// Pair is one relationship: this party's key in it, and the other's.
type Pair struct{ Me, Them record.Key }

// Resuming knows which relationships aren't resumed yet, and which the other side has
// resumed. Safe for concurrent use.
type Resuming struct {
	Config
	service *resume.Service
	woke    chan struct{} // has room for one word that something is due sooner
	signing sync.RWMutex  // held for reading while a place in a chain is taken, for writing while an epoch begins

	mu      sync.Mutex
	life    Restored
	waiting map[Pair]*waiting
	begun   map[Pair]bool                // those that were to be resumed since the start
	known   map[Pair]resume.Relationship // those in which a side has claimed something
	above   uint32                       // an epoch is to begin above this one, where it isn't 0
	riseAt  time.Time                    // and not before this time
	far     bool                         // that one is further than maxAbove
	late    map[Pair]time.Time           // when something of an epoch that ended came last
	vouched map[record.ID]int            // statements that come back, and were here before
	empty   map[Pair]store.Range         // the first gap of a relationship, at the last look
	forgot  []Pair                       // those that are to be resumed, since the other side goes on in them
	doubts  []record.Key                 // who are to be asked whether this node was overtaken
	doubted map[record.Key]time.Time     // when each was
}

// waiting is a relationship with a claim that isn't answered whole.
type waiting struct {
	holds    bool // a resume: nothing is decided until it is answered
	due      time.Time
	attempts int
	trying   bool
	again    bool   // there is another claim than the one that is tried
	stopped  string // why it isn't tried any more
	last     string // why it failed last
	touched  map[record.ID]bool
}

const pageSize = 1024

// Open finds what is to be resumed and signs the resumes of the store's epoch. Call it before
// anything else is signed or answered. Errors: those of the store and the keyring.
func Open(ctx context.Context, c Config) (*Resuming, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Heard == nil {
		c.Heard = func(context.Context, record.Key) {}
	}
	r := &Resuming{
		Config: c, woke: make(chan struct{}, 1), waiting: map[Pair]*waiting{}, begun: map[Pair]bool{}, known: map[Pair]resume.Relationship{},
		late: map[Pair]time.Time{}, empty: map[Pair]store.Range{}, doubted: map[record.Key]time.Time{}, vouched: map[record.ID]int{},
	}
	r.service = resume.NewService(resume.Config{
		Journal: c.Store, Keys: c.Keys, Caller: c.Caller, Spots: r.spots, Take: r.take, Acknowledged: acknowledged, Heard: r.heard, Told: r.told, Now: c.Now, Log: c.Log,
	})
	var err error
	if r.life, err = ReadRestored(ctx, c.Store); err != nil {
		return nil, err
	}
	if err := r.begin(ctx); err != nil {
		return nil, fmt.Errorf("resume relationships: %w", err)
	}
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	return r, r.rise(ctx) // above what it was shown before the last stop
}

// Service answers requests of resume.ID.
func (r *Resuming) Service() *resume.Service { return r.service }

// load reads what was claimed before, by this party and by others.
func (r *Resuming) load(ctx context.Context) error {
	for _, t := range []record.Type{resume.TypeResume, resume.TypeAsk} {
		for after := uint64(0); ; {
			es, err := r.Store.Subjects(ctx, t, after, pageSize)
			if err != nil {
				return err
			}
			for _, e := range es {
				after = e.Seq
				if err := r.loadOne(ctx, e.Entry); err != nil {
					return err
				}
			}
			if len(es) < pageSize {
				break
			}
		}
	}
	return nil
}

func (r *Resuming) loadOne(ctx context.Context, e record.Entry) error {
	st := e.Rec.Statement()
	p := Pair{st.Author(), st.Recipient()}
	if e.Subject != resume.Subject(p.Me, p.Them) {
		p = Pair{p.Them, p.Me}
	}
	rel, err := r.service.Relationship(ctx, p.Me, p.Them)
	if err != nil {
		r.Log.Error("what is kept about a relationship can't be read", "them", p.Them.Short(), "err", err)
		return nil // the others go on
	}
	r.know(p, rel)
	if c, ok := rel.Pending(); ok {
		r.wait(p, c.Claim.Epoch > 0)
	}
	return nil
}

// know takes up what both sides' claims say. Where this node was overtaken it holds the
// relationship, and where the other one resumed before, an epoch is to begin above that.
func (r *Resuming) know(p Pair, rel resume.Relationship) {
	epoch, before, overtaken := rel.Overtaken()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[p].Epoch() > rel.Epoch() {
		return // read before an epoch began, and told after it
	}
	r.known[p] = rel
	if !overtaken {
		return
	}
	w := r.waiting[p]
	if w == nil {
		w = &waiting{touched: map[record.ID]bool{}}
		r.waiting[p] = w
	}
	w.holds, w.stopped = true, resume.ErrClone.Error()
	if before {
		r.above = max(r.above, epoch)
		r.wake()
	}
}

func (r *Resuming) told(rel resume.Relationship) {
	me, them := rel.Parties()
	r.know(Pair{me, them}, rel)
}

// wait has a relationship tried as soon as may be.
func (r *Resuming) wait(p Pair, holds bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.waiting[p]
	if w == nil {
		w = &waiting{touched: map[record.ID]bool{}}
		r.waiting[p] = w
	}
	if holds {
		r.begun[p] = true
	}
	w.holds = w.holds || holds
	w.due, w.attempts, w.stopped, w.again = time.Time{}, 0, "", w.trying
	r.wake()
}

func (r *Resuming) wake() {
	select {
	case r.woke <- struct{}{}:
	default:
	}
}

// Ready returns nil where nothing that me signed to them may be missing, and an error that is
// agreement.ErrResuming else: it says so too where this node may not go on. Asked about a request, it has the other side's node asked by the
// road that the request came on.
func (r *Resuming) Ready(ctx context.Context, me, them record.Key) error {
	r.mu.Lock()
	w, ok := r.waiting[Pair{me, them}]
	holds, stopped := ok && w.holds, ""
	if holds {
		stopped = w.stopped
	}
	if holds && w.stopped == "" && !w.trying && w.attempts > 0 {
		w.due, w.attempts = time.Time{}, 0
		r.wake()
	}
	r.mu.Unlock()
	if !holds {
		return nil
	}
	r.Heard(ctx, them)
	if stopped != "" {
		return stoppedError(stopped)
	}
	return agreement.ErrResuming
}

// stoppedError is why a relationship isn't resumed.
type stoppedError string

// Error implements error.
func (e stoppedError) Error() string {
	return "nothing is decided in this relationship: " + string(e) + "; try: byway status"
}

// Is makes it agreement.ErrResuming.
func (stoppedError) Is(target error) bool { return target == agreement.ErrResuming }

// heard has a relationship tried whose other side was heard.
func (r *Resuming) heard(ctx context.Context, from record.Key) {
	r.Heard(ctx, from)
	r.Reached(from)
}

// Reached has what waits for a party tried now: it was heard, or a road to it was learnt.
func (r *Resuming) Reached(them record.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p, w := range r.waiting {
		if p.Them == them && w.stopped == "" && !w.trying {
			w.due, w.attempts = time.Time{}, 0
			r.wake()
		}
	}
}

// spots are places of a chain as protocol/resume wants them.
func (r *Resuming) spots(ctx context.Context, me, them record.Key, sent bool, from uint64, limit int) (out []resume.Spot, err error) {
	side := store.Held
	if sent {
		side = store.Sent
	}
	ps, err := r.Store.Places(ctx, me, them, side, from, limit)
	for _, p := range ps {
		out = append(out, resume.Spot{N: p.N, ID: p.ID, Subject: p.Subject})
	}
	return out, err
}

// stopped says in words why a claim isn't tried any more; "" where it is tried again.
func stopped(err error) string {
	var u *resume.Unanswered
	switch {
	case errors.Is(err, resume.ErrClone):
		return resume.ErrClone.Error()
	case errors.As(err, &u) && u.Outcome.Final() && u.Outcome.Said != answer.Unsupported && u.Outcome.Said != answer.Refused:
		return u.Outcome.Text
	}
	return ""
}
