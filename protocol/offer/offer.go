package offer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
)

// The types of statement. An offer goes to the cast's key, RoleAuthor is the vendor's; a
// taking goes to the vendor, RoleBefore is the cast's key and RoleAfter the new one.
const (
	TypeOffer  record.Type = "offer.offer"
	TypeTaking record.Type = "offer.taking"
)

// The contract of handing an offer to the person who cast.
const (
	// ID is the protocol's id.
	ID = "/byway/offer/1"
	// MaxRequest is the largest request, in bytes: an offer in its frame.
	MaxRequest = MaxRecord + 16
	// MaxResponse is the largest answer, in bytes: it is empty.
	MaxResponse = 64
	// Timeout is how long one request may take: three signatures to verify, one synced write.
	Timeout = 10 * time.Second
	// Rate is how many offers of one peer a person's node takes a second.
	Rate = 1
	// Burst is how many offers of one peer a person's node takes at once.
	Burst = 16
)

// The bounds of an offer. They are part of the protocol.
const (
	// MaxRecord is the largest whole offer, in bytes.
	MaxRecord = 16 << 10
	// MaxAcceptance is the largest acceptance, in bytes: the cast of 4 KiB, a signature, a delegation.
	MaxAcceptance = 8 << 10
	// MaxTaking is the largest whole taking, in bytes.
	MaxTaking = 4 << 10
	// MaxGood is how far away good_until may be: whoever binds itself for longer forgets.
	MaxGood = 90 * 24 * time.Hour
	// MaxTerms is how many service terms an offer lists, 1 at least.
	MaxTerms = 8
	// MaxReply is how many roads to the vendor it lists.
	MaxReply = 4

	MaxSKU         = 64   // bytes
	MaxName        = 256  // bytes
	MaxDescription = 2048 // bytes
	MaxUnit        = 32   // bytes
	MaxURL         = 1024 // bytes
	MaxNote        = 512  // bytes
	NonceSize      = 16   // bytes, random
)

// What a person's node keeps for one cast: enough to choose from, too few to fill her disk.
const (
	MaxPerCast   = 256
	MaxPerVendor = 8
)

const version = 1

var (
	offerForm  = form.Form{Type: TypeOffer, Version: version, Roles: []record.Role{record.RoleAuthor}, MaxRecord: MaxRecord}
	takingForm = form.Form{Type: TypeTaking, Version: version, Roles: []record.Role{record.RoleBefore, record.RoleAfter}, MaxRecord: MaxTaking}
)

// What this package refuses, besides the errors of packages record and form.
var (
	// ErrMalformed: a payload that isn't an offer or a taking, or is out of a bound.
	ErrMalformed = errors.New("malformed offer")
	// ErrLapsed: the offer's time is over. Ask for a new one.
	ErrLapsed = errors.New("offer lapsed")
	// ErrTerms: terms that the offer doesn't list. Proffer one of those that it does.
	ErrTerms = errors.New("terms that the offer doesn't list")
	// ErrTaking: a taking of another offer, by other keys, or for another proffer. Don't countersign for it.
	ErrTaking = errors.New("taking doesn't fit")
)

// Condition of what is offered. It travels: append-only, numbered as in an intention.
type Condition uint8

// The conditions.
const (
	ConditionUnsaid Condition = 0
	ConditionNew    Condition = 1
	ConditionUsed   Condition = 2
)

// Item is what is offered. The names are schema.org's (Product).
type Item struct {
	SKU         string // the vendor's own number; "" if none
	Name        string // 1 to MaxName bytes
	Description string
	Category    category.Path // zero where not said
	Condition   Condition
	GTIN        string // 8, 12, 13 or 14 digits; "" if none
	URL         string // absolute http or https; "" if none
	Unit        string // of the quantity, such as "kg"; "" is a piece
}

// Offer is one offer. Times are to the millisecond.
type Offer struct {
	// ID is the record's id, Vendor its author, To the cast's key. Read sets them; New doesn't look at them.
	ID         record.ID
	Vendor, To record.Key
	// Acceptance is the whole record by which the vendor accepts the cast's open
	// proffer, 1 to MaxAcceptance bytes. This package doesn't look inside.
	Acceptance []byte
	// Cast is the id of the cast that it answers.
	Cast record.ID
	Item Item
	// Price is what the person pays for all of Quantity, which is at least 1.
	Price     money.Amount
	Quantity  uint32
	GoodUntil time.Time
	// Terms are the service terms that the vendor will countersign, the first preferred.
	Terms []terms.Ref
	Note  string
	Nonce [NonceSize]byte
	// Reply are roads to the vendor; none where its card has them.
	Reply []road.Road
}

// New returns the offer o to the cast's key, at its place in the chain from the vendor
// to that key, signed by by. Errors: ErrMalformed where a field of o is out of bounds,
// record.ErrTooLarge where all together are, and by's own.
func New(ctx context.Context, o Offer, to record.Key, l record.Link, by record.Signer) (record.Record, error) {
	payload, err := o.readable()
	if err != nil {
		return record.Record{}, err
	}
	s, err := record.New(record.Draft{
		Type: TypeOffer, Version: version, Recipient: to, Link: l, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}},
	})
	if err != nil {
		return record.Record{}, err
	}
	r, err := record.SignBy(ctx, s, by)
	if err != nil {
		return record.Record{}, err
	}
	return r, offerForm.Check(r)
}

// Validate returns ErrMalformed where a field of o is out of bounds, as New does: for
// who wants to know before it signs an acceptance.
func (o Offer) Validate() error {
	_, err := o.readable()
	return err
}

// readable returns o's payload: what is signed is what others can read.
func (o Offer) readable() ([]byte, error) {
	payload, err := o.marshal()
	if err != nil {
		return nil, err
	}
	if _, err := unmarshal(payload); err != nil {
		return nil, err
	}
	return payload, nil
}

// Read returns the offer in v. It says nothing of the acceptance inside, nor of the
// time. Errors: form's and record's for another form, ErrMalformed.
func Read(v record.Verified) (Offer, error) {
	if err := offerForm.Check(v.Record()); err != nil {
		return Offer{}, err
	}
	o, err := unmarshal(v.Statement().Payload())
	if err != nil {
		return Offer{}, err
	}
	o.ID, o.Vendor, o.To = v.ID(), v.Statement().Author(), v.Statement().Recipient()
	return o, nil
}

// Stands returns nil where the vendor is bound at now to countersign terms with the
// given ref for the offer; else ErrLapsed or ErrTerms.
func (o Offer) Stands(ref terms.Ref, now time.Time) error {
	if !now.Before(o.GoodUntil) {
		return fmt.Errorf("%w: it was good until %s", ErrLapsed, o.GoodUntil.UTC().Format(time.RFC3339))
	}
	if !slices.Contains(o.Terms, ref) {
		return fmt.Errorf("%w: %s", ErrTerms, ref)
	}
	return nil
}
