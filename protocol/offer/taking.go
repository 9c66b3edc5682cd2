package offer

import (
	"context"
	"fmt"

	"github.com/bywaynet/byway/protocol/record"
)

// Taking links the key of a cast to the key that its person made for one vendor.
type Taking struct {
	// ID is the record's id. ReadTaking sets it; NewTaking doesn't look at it.
	ID record.ID
	// Offer is the id of the offer that is taken.
	Offer record.ID
	// CastKey and NewKey sign it; Vendor receives it.
	CastKey, NewKey, Vendor record.Key
	// Proffer is the id of the agreement body, by NewKey to Vendor, that goes with it.
	Proffer record.ID
}

// NewTaking returns the taking t at its place in the chain from the cast's key to the
// vendor, signed by both of her keys. Errors: record.ErrSigner where the signers aren't
// those that t names, ErrMalformed, and the signers' own.
func NewTaking(ctx context.Context, t Taking, l record.Link, cast, fresh record.Signer) (record.Record, error) {
	if cast.Key() != t.CastKey || fresh.Key() != t.NewKey {
		return record.Record{}, fmt.Errorf("%w: a taking is signed by the two keys that it names", record.ErrSigner)
	}
	payload, err := t.marshal()
	if err != nil {
		return record.Record{}, err
	}
	if _, err := unmarshalTaking(payload); err != nil {
		return record.Record{}, err
	}
	s, err := record.New(record.Draft{
		Type: TypeTaking, Version: version, Recipient: t.Vendor, Link: l, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleBefore, Key: t.CastKey}, {Role: record.RoleAfter, Key: t.NewKey}},
	})
	if err != nil {
		return record.Record{}, err
	}
	return record.SignBy(ctx, s, cast, fresh)
}

// ReadTaking returns the taking in v, which both keys have signed and whose payload
// says the same as the statement around it. Errors: form's and record's, ErrMalformed.
func ReadTaking(v record.Verified) (Taking, error) {
	if err := takingForm.Check(v.Record()); err != nil {
		return Taking{}, err
	}
	s := v.Statement()
	t, err := unmarshalTaking(s.Payload())
	if err != nil {
		return Taking{}, err
	}
	if s.Signers()[0].Key != t.CastKey || s.Signers()[1].Key != t.NewKey || s.Recipient() != t.Vendor {
		return Taking{}, fmt.Errorf("%w: the taking names other keys than it is signed by and addressed to", ErrMalformed)
	}
	t.ID = v.ID()
	return t, nil
}

// Covers returns nil where t takes the offer o by the proffer with the given id, whose
// first party is first; else ErrTaking. Whether o still stands is Stands' to say.
func (t Taking) Covers(o Offer, proffer record.ID, first record.Key) error {
	switch {
	case !t.takes(o):
		return fmt.Errorf("%w: it takes %s, or for other keys", ErrTaking, t.Offer.Short())
	case t.Proffer != proffer:
		return fmt.Errorf("%w: it goes with the proffer %s", ErrTaking, t.Proffer.Short())
	case t.NewKey != first:
		return fmt.Errorf("%w: it hands over to %s", ErrTaking, t.NewKey.Short())
	}
	return nil
}

func (t Taking) takes(o Offer) bool {
	return t.Offer == o.ID && t.CastKey == o.To && t.Vendor == o.Vendor
}
