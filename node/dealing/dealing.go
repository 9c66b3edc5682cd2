package dealing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
)

// Tables is where the settings are kept.
type Tables interface {
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Put(ctx context.Context, t store.Table, key, value []byte) error
}

const tableSettings store.Table = "settings"

// Takings decides on a proffer that takes an offer: false where it takes none.
type Takings interface {
	Taking(ctx context.Context, p agreement.Proffer) (agreement.Decision, bool)
}

// Config is what a Dealing is made from; all but Organisation, Takings and Commit must be set.
type Config struct {
	Tables Tables
	Book   *contacts.Book
	Roster *terms.Roster
	// NewKey makes the key under which a person meets one counterparty.
	NewKey func(ctx context.Context) (record.Key, error)
	// Prior reports whether there was a record, and an agreement, with that counterparty of ours before.
	Prior func(ctx context.Context, me, them record.Key) (known, prior bool, err error)
	// Organisation says that the owner is one: policy decides, not preferences.
	Organisation bool
	// Note keeps a local note about a counterparty, under a subject that only notes have.
	Note func(ctx context.Context, subject record.ID, note []byte) error
	// Takings decides before the policy does; nil where no offers are made.
	Takings Takings
	// Commit returns the commitment to what the owner holds of a category of data, for the
	// agreement that has the nonce; the zero one where she holds nothing. Nil where nothing is committed to.
	Commit func(ctx context.Context, category string, nonce [commitment.NonceSize]byte) (commitment.Commitment, error)
	Now    func() time.Time
}

// Dealing holds the owner's settings and decides by them. Safe for concurrent use.
type Dealing struct {
	c Config

	mu          sync.RWMutex
	preferences Preferences
	policy      Policy
}

// Open reads the settings, or takes the defaults where none were made.
func Open(ctx context.Context, c Config) (*Dealing, error) {
	d := &Dealing{c: c, preferences: DefaultPreferences(), policy: DefaultPolicy()}
	if err := c.load(ctx, "preferences", &d.preferences); err != nil {
		return nil, err
	}
	if err := c.load(ctx, "policy", &d.policy); err != nil {
		return nil, err
	}
	return d, nil
}

func (c Config) load(ctx context.Context, key string, into any) error {
	b, err := c.Tables.Get(ctx, tableSettings, []byte(key))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	return nil
}

func (c Config) save(ctx context.Context, key string, v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		err = c.Tables.Put(ctx, tableSettings, []byte(key), b)
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", key, err)
	}
	return nil
}

// Preferences returns the person's preferences as they are.
func (d *Dealing) Preferences() Preferences {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.preferences
}

// SetPreferences keeps p, and then decides by it. Errors: ErrSettings, and nothing changed.
func (d *Dealing) SetPreferences(ctx context.Context, p Preferences) error {
	if err := p.Validate(d.c.Roster); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.c.save(ctx, "preferences", p); err != nil {
		return err
	}
	d.preferences = p
	return nil
}

// Policy returns the organisation's policy as it is. The caller must not change its map.
func (d *Dealing) Policy() Policy {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.policy
}

// SetPolicy keeps p, and then decides by it. Errors: ErrSettings, and nothing changed.
func (d *Dealing) SetPolicy(ctx context.Context, p Policy) error {
	if err := p.Validate(d.c.Roster); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.c.save(ctx, "policy", p); err != nil {
		return err
	}
	d.policy = p
	return nil
}

// Decide implements agreement.Decider: an organisation's policy answers a proffer, a
// person's preferences an alternative.
func (d *Dealing) Decide(ctx context.Context, p agreement.Proffer) (agreement.Decision, error) {
	if d.c.Organisation {
		return d.decideProffer(ctx, p)
	}
	_, prior, err := d.c.Prior(ctx, p.First, p.Second)
	if err != nil {
		return agreement.Decision{}, err
	}
	return d.Preferences().Answer(d.c.Roster, p.Body.Terms, prior), nil
}

func (d *Dealing) decideProffer(ctx context.Context, p agreement.Proffer) (agreement.Decision, error) {
	if d.c.Takings != nil {
		if decision, ok := d.c.Takings.Taking(ctx, p); ok {
			return decision, nil
		}
	}
	policy := d.Policy()
	if policy.From != Anyone {
		known, prior, err := d.c.Prior(ctx, p.Second, p.First)
		if err != nil {
			return agreement.Decision{}, err
		}
		if !policy.Admits(known, prior) {
			return agreement.Decision{Kind: agreement.Decline, Reason: agreement.ReasonTerms, Text: "proffers are taken from " + string(policy.From) + " only"}, nil
		}
	}
	return policy.Answer(d.c.Roster, p.Body.Terms), nil
}
