package dealing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/record"
)

// DefaultAnswerBy is how long a counterparty has to answer where the owner names no time.
const DefaultAnswerBy = 24 * time.Hour

// Ask is what the owner wants to settle with one counterparty.
type Ask struct {
	// Terms is a roster id; empty for the first of the preferences.
	Terms string
	// Purpose, Data and Law go into the body; an empty purpose is "service".
	Purpose string
	Data    []string
	Law     string
	// About is the record that it is about; zero for none.
	About record.ID
	// AnswerBy is how long the counterparty has; 0 for DefaultAnswerBy.
	AnswerBy time.Duration
	// NoCommit leaves out the commitments to what is held of Data.
	NoCommit bool
}

// Service is what settles: protocol/agreement's Service.
type Service interface {
	Proffer(ctx context.Context, to agreement.To, b agreement.Body, with ...agreement.Along) (agreement.Agreement, error)
}

// Proffer proffers terms to one counterparty, under the key made for it alone. Errors:
// ErrSettings for terms that aren't on the roster, ErrSecondParty for an
// organisation's node, and what agreement.Proffer says.
func (d *Dealing) Proffer(ctx context.Context, s Service, who contacts.Contact, ask Ask, with ...agreement.Along) (agreement.Agreement, error) {
	if d.c.Organisation {
		return agreement.Agreement{}, ErrSecondParty
	}
	body, err := d.body(who, ask)
	if err != nil {
		return agreement.Agreement{}, err
	}
	if err := d.commit(ctx, &body, ask); err != nil {
		return agreement.Agreement{}, err
	}
	me, err := d.c.Book.Mine(ctx, who.Key, d.c.NewKey)
	if err != nil {
		return agreement.Agreement{}, err
	}
	a, err := s.Proffer(ctx, agreement.To{Me: me, Them: who.Key}, body, with...)
	if errors.Is(err, agreement.ErrDoesntSpeak) {
		// IEEE 7012 has failures recorded too; this one is a note, and never evidence.
		err = errors.Join(err, d.c.Note(ctx, record.SumID(who.Key[:]), []byte("proffered nothing: it doesn't speak "+agreement.ID)))
	}
	return a, err
}

func (d *Dealing) body(who contacts.Contact, ask Ask) (agreement.Body, error) {
	if ask.Terms == "" {
		ask.Terms = d.Preferences().Acceptable[0]
	}
	if err := onRoster(d.c.Roster, ask.Terms); err != nil {
		return agreement.Body{}, err
	}
	t, _ := d.c.Roster.Lookup(ask.Terms)
	if ask.AnswerBy == 0 {
		ask.AnswerBy = DefaultAnswerBy
	}
	if ask.Purpose == "" {
		ask.Purpose = "service"
	}
	if !who.HasCard {
		return agreement.Body{}, fmt.Errorf("%w: what %s calls itself isn't known; try: byway meet ADDRESS", contacts.ErrUnknown, who.Label())
	}
	return agreement.Body{
		Terms: t.Ref, SecondName: who.Card.Name, About: ask.About,
		Purpose: ask.Purpose, Data: ask.Data, Law: ask.Law, AnswerBy: d.c.Now().Add(ask.AnswerBy).Truncate(time.Millisecond),
	}, nil
}

// commit fills in the commitments to what is held of the body's data, under a nonce of its own.
func (d *Dealing) commit(ctx context.Context, b *agreement.Body, ask Ask) error {
	if ask.NoCommit || d.c.Commit == nil {
		return nil
	}
	if _, err := rand.Read(b.Nonce[:]); err != nil {
		return err
	}
	cs, some := make([]commitment.Commitment, len(b.Data)), false
	for i, category := range b.Data {
		if err := commitment.ValidCategory(category); err != nil {
			return fmt.Errorf("%w: data %q: %w", agreement.ErrMalformed, category, err)
		}
		var err error
		if cs[i], err = d.c.Commit(ctx, category, b.Nonce); err != nil {
			return fmt.Errorf("commit to %q: %w; try: --no-commit", category, err)
		}
		some = some || !cs[i].IsZero()
	}
	if some {
		b.Commitments = cs
	}
	return nil
}
