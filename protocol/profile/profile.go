package profile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
)

// TypeCard is the type of a card's statement: open, RoleAuthor is the organisation's key.
const TypeCard record.Type = "profile.card"

// The bounds of a card. They are part of the protocol.
const (
	// MaxRecord is the largest whole record, in bytes: eight fit one answer of a steward.
	MaxRecord = 8 << 10
	// MaxLife is the longest time from issued to expires: an organisation that is gone leaves the
	// directory within a month.
	MaxLife = 30 * 24 * time.Hour
	// MaxSkew is how far a card's issue may lie in the reader's future, for clocks that differ.
	MaxSkew = 10 * time.Minute

	MaxName        = 128 // bytes
	MaxDescription = 512 // bytes
	MaxURL         = 256 // bytes
	MaxCategories  = 16  // paths; each prefix of each is a provider record
	MaxRoads       = 8
	MaxSpeaks      = 16 // protocol ids
	MaxSpeak       = 64 // bytes of one protocol id
	MaxAccepts     = 16 // terms
)

const cardVersion = 1

var cardForm = form.Form{
	Type: TypeCard, Version: cardVersion, Roles: []record.Role{record.RoleAuthor}, Open: true, MaxRecord: MaxRecord,
}

// What this package refuses, besides the errors of packages record and form. Don't act on such a card.
var (
	// ErrMalformed: the payload is no card, or is out of a bound.
	ErrMalformed = errors.New("malformed card")
	// ErrStale: a card that has expired by the reader's clock, or isn't issued yet.
	ErrStale = errors.New("card out of its time")
	// ErrOther: a card of another organisation than the one held.
	ErrOther = errors.New("card of another organisation")
)

// Card is what an organisation says of itself. Times are to the millisecond.
type Card struct {
	// ID and Key are the record's id and the organisation's key. Read sets them; New doesn't look at them.
	ID  record.ID
	Key record.Key
	// Name is a claim: 1 to MaxName bytes, shown with the key.
	Name string
	// Sequence grows with each new card, from 1; the highest wins.
	Sequence        uint64
	Issued, Expires time.Time
	// Roads are at most MaxRoads, the best first; none where all are of kinds unknown here.
	Roads []road.Road
	// Speaks lists protocol ids, such as "/byway/agreement/1", sorted, each once.
	Speaks []string
	// Accepts lists the terms that it accepts without asking a human.
	Accepts []terms.Ref
	// Categories lists what it deals in.
	Categories []category.Path
	// Description and URL may be empty.
	Description, URL string
	// Steward says that the node serves /byway/steward/1.
	Steward bool
}

// New returns the signed card of the organisation whose key by signs for. Errors:
// ErrMalformed where a field of c is out of bounds, record.ErrTooLarge where all of
// them together are, and by's own.
func New(ctx context.Context, c Card, by record.Signer) (record.Record, error) {
	payload, err := c.marshal()
	if err != nil {
		return record.Record{}, err
	}
	// What is signed here is what others can read.
	if _, err := unmarshal(payload); err != nil {
		return record.Record{}, err
	}
	s, err := record.New(record.Draft{
		Type: TypeCard, Version: cardVersion, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}},
	})
	if err != nil {
		return record.Record{}, err
	}
	r, err := record.SignBy(ctx, s, by)
	if err != nil {
		return record.Record{}, err
	}
	return r, cardForm.Check(r)
}

// Verify is the way in for bytes from elsewhere: bound, form, signature, payload, in that order. It
// doesn't look at the card's times; see Live. The card keeps b. Errors: record's, form's, ErrMalformed.
func Verify(b []byte, now time.Time) (record.Verified, Card, error) {
	if len(b) > MaxRecord {
		return record.Verified{}, Card{}, fmt.Errorf("%w: a card of %d bytes, at most %d", record.ErrTooLarge, len(b), MaxRecord)
	}
	r, err := record.ParseRecord(b)
	if err != nil {
		return record.Verified{}, Card{}, err
	}
	if err := cardForm.Check(r); err != nil {
		return record.Verified{}, Card{}, err
	}
	v, err := r.Verify(record.Want{At: now, Complete: true})
	if err != nil {
		return record.Verified{}, Card{}, err
	}
	c, err := Read(v)
	if err != nil {
		return record.Verified{}, Card{}, err
	}
	return v, c, nil
}

// Read returns the card in v. Errors: form's and record's for another form, ErrMalformed.
func Read(v record.Verified) (Card, error) {
	if err := cardForm.Check(v.Record()); err != nil {
		return Card{}, err
	}
	c, err := unmarshal(v.Statement().Payload())
	if err != nil {
		return Card{}, err
	}
	c.ID, c.Key = v.ID(), v.Statement().Author()
	return c, nil
}

// Live returns nil while the card may be used, and ErrStale otherwise: ask for a newer one.
func (c Card) Live(now time.Time) error {
	switch {
	case !now.Before(c.Expires):
		return fmt.Errorf("%w: it expired at %s", ErrStale, c.Expires.UTC().Format(time.RFC3339))
	case c.Issued.After(now.Add(MaxSkew)):
		return fmt.Errorf("%w: it is issued at %s, later than now", ErrStale, c.Issued.UTC().Format(time.RFC3339))
	}
	return nil
}
