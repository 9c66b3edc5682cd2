package localapi

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/dealing"
	"github.com/bywaynet/byway/node/listing"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return epoch }

// keys makes a Keyring of one signer.
type keys struct{ s record.Signer }

func (k keys) Owns(x record.Key) bool { return k.s.Key() == x }

func (k keys) Signer(_ context.Context, x record.Key) (record.Signer, error) {
	if k.s.Key() != x {
		return nil, errors.New("no such key")
	}
	return k.s, nil
}

// line carries requests to the other side's service, or nowhere while it is cut.
type line struct {
	mu  sync.Mutex
	to  *agreement.Service
	cut bool
}

func (l *line) Call(ctx context.Context, _ record.Key, req []byte) answer.Outcome {
	l.mu.Lock()
	cut := l.cut
	l.mu.Unlock()
	if cut {
		return answer.Outcome{Inferred: errors.New("no answer in time")}
	}
	resp, err := l.to.Handle(ctx, req)
	if err != nil {
		return answer.Outcome{Said: answer.Internal, Text: err.Error()}
	}
	return answer.Outcome{Resp: resp}
}

func (l *line) Speaks(context.Context, record.Key) (bool, error) { return true, nil }

// settings are an owner's, in memory.
type settings struct {
	preferences dealing.Preferences
	policy      dealing.Policy
	me          record.Key
}

func (s *settings) Preferences() dealing.Preferences { return s.preferences }
func (s *settings) Policy() dealing.Policy           { return s.policy }

func (s *settings) SetPreferences(_ context.Context, p dealing.Preferences) error {
	err := p.Validate(terms.Default())
	if err == nil {
		s.preferences = p
	}
	return err
}

func (s *settings) SetPolicy(_ context.Context, p dealing.Policy) error {
	err := p.Validate(terms.Default())
	if err == nil {
		s.policy = p
	}
	return err
}

func (s *settings) Proffer(ctx context.Context, to dealing.Service, who contacts.Contact, ask dealing.Ask, with ...agreement.Along) (agreement.Agreement, error) {
	if s.me.IsZero() {
		return agreement.Agreement{}, dealing.ErrSecondParty
	}
	t, ok := terms.Default().Lookup(ask.Terms)
	if !ok {
		return agreement.Agreement{}, dealing.ErrRoster
	}
	if ask.AnswerBy == 0 {
		ask.AnswerBy = dealing.DefaultAnswerBy
	}
	return to.Proffer(ctx, agreement.To{Me: s.me, Them: who.Key}, agreement.Body{
		Terms: t.Ref, SecondName: who.Card.Name, Purpose: ask.Purpose, AnswerBy: epoch.Add(ask.AnswerBy),
	}, with...)
}

// book knows a few contacts.
type book []contacts.Contact

func (b book) Resolve(who string) (contacts.Contact, error) {
	var found []contacts.Contact
	for _, c := range b {
		if c.Card.Name == who {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return contacts.Contact{}, contacts.ErrUnknown
	case 1:
		return found[0], nil
	}
	return contacts.Contact{}, &contacts.AmbiguousError{Who: who, Matches: found}
}

func (b book) Get(k record.Key) (contacts.Contact, bool) {
	for _, c := range b {
		if c.Key == k {
			return c, true
		}
	}
	return contacts.Contact{}, false
}

func (b book) List() []contacts.Contact      { return b }
func (b book) Other(v agreement.View) string { return v.Body.SecondName }

func (b book) Name(_ context.Context, k record.Key, petname string) (contacts.Contact, error) {
	c, _ := b.Get(k)
	if petname == "" {
		return c, contacts.ErrPetname
	}
	c.Petname = petname
	return c, nil
}

func contact(signer, name string) contacts.Contact {
	return contacts.Contact{Key: recordtest.Signer(signer).Key(), HasCard: true, Card: profile.Card{Name: name}}
}

// threads lists what a store keeps, and counts how often it was asked.
type threads struct {
	*store.Memory
	listing *listing.Listing
	calls   int
}

func newThreads() *threads {
	m := store.NewMemory()
	return &threads{Memory: m, listing: listing.New(listing.Config{Store: m})}
}

func (t *threads) Page(ctx context.Context, q listing.Query, limit int, now time.Time) ([]listing.Line, error) {
	t.calls++
	return t.listing.Page(ctx, q, limit, now)
}

func (t *threads) Find(ctx context.Context, letters string, limit int) ([]record.ID, error) {
	t.calls++
	return t.listing.Find(ctx, letters, limit)
}

// side is one party's half of dealing.
type side struct {
	*Dealing
	settings *settings
	threads  *threads
	line     *line
}

func newSide(t *testing.T, name string, organisation bool) *side {
	t.Helper()
	signer := recordtest.Signer(name)
	s := &side{settings: &settings{preferences: dealing.DefaultPreferences(), policy: dealing.DefaultPolicy()}, threads: newThreads(), line: new(line)}
	t.Cleanup(func() { _ = s.threads.Close() })
	if !organisation {
		s.settings.me = signer.Key()
	}
	service := agreement.NewService(agreement.Config{Journal: s.threads.Memory, Keys: keys{signer}, Caller: s.line, Now: clock})
	s.Dealing = &Dealing{
		Settings: s.settings, Agreements: service, Threads: s.threads, Roster: terms.Default(), Now: clock, Organisation: organisation,
		Book:    book{contact("bakery", "The Bakery"), contact("twin", "Twins"), contact("other twin", "Twins")},
		Answers: Answers{Get: service.Get, Wait: s.threads.Wait, Now: clock},
	}
	return s
}

// newSides returns alice and the bakery, each of which asks its human about everything.
func newSides(t *testing.T) (alice, bakery *side) {
	t.Helper()
	alice, bakery = newSide(t, "alice", false), newSide(t, "bakery", true)
	alice.line.to, bakery.line.to = bakery.service(), alice.service()
	return alice, bakery
}

func (s *side) service() *agreement.Service { return s.Agreements.(*agreement.Service) }

// proffered is a thread that alice began with the bakery.
func (s *side) proffered(t *testing.T) agreement.Agreement {
	t.Helper()
	a, err := s.settings.Proffer(t.Context(), s.service(), contact("bakery", "The Bakery"), dealing.Ask{Terms: "SD-BASE"})
	if err != nil && !errors.Is(err, agreement.ErrUnreached) {
		t.Fatal(err)
	}
	return a
}

// wantFailure fails unless err is of a kind, with words in its text and in what to try.
func wantFailure(t *testing.T, err error, kind Kind, text, try string) {
	t.Helper()
	if err == nil {
		t.Fatal("the call went well")
	}
	f := failureFor(err)
	if f.Kind != kind || !strings.Contains(f.Text, text) || !strings.Contains(f.Try, try) || (try == "") != (f.Try == "") {
		t.Errorf("got %s %q, try %q; want %s %q, try %q", f.Kind, f.Text, f.Try, kind, text, try)
	}
}
