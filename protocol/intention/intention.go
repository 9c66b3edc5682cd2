package intention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
)

// The types of statement. Both are open, RoleFirst is the cast's key.
const (
	TypeCast       record.Type = "intention.cast"
	TypeWithdrawal record.Type = "intention.withdrawal"
)

// The contract of a cast handed to a vendor that its person named. The request is the
// form itself, the answer is empty.
const (
	// ID is the protocol's id.
	ID = "/byway/intention/1"
	// MaxRequest is the largest request, in bytes.
	MaxRequest = FormSize
	// MaxResponse is the largest answer, in bytes: it is empty.
	MaxResponse = 64
	// Timeout is how long one request may take: a signature to verify, a row to write.
	Timeout = 10 * time.Second
	// Rate is how many casts of one peer a vendor takes a second.
	Rate = 1
	// Burst is how many casts of one peer a vendor takes at once.
	Burst = 16
)

// The bounds of a cast. They are part of the protocol.
const (
	// FormSize is the size of a whole cast or withdrawal, in bytes: one size tells nothing of what is inside.
	FormSize = 4 << 10
	// MaxLife is how far away an expiry may be: every node remembers every cast as long.
	MaxLife = 14 * 24 * time.Hour

	MaxText       = 512 // bytes
	MaxUnit       = 32  // bytes
	MaxPlace      = 64  // bytes
	MaxAttributes = 16
	MaxAttribute  = 48  // bytes of a name
	MaxValue      = 128 // bytes of a value
	MaxWishes     = 8
	MaxWish       = 128 // bytes
	MaxReply      = 4   // roads
	NonceSize     = 16  // bytes, random
)

// What every cast says alike, so that it tells nobody apart.
const (
	// TermsID is the id of the terms that a cast proffers.
	TermsID = "PDC-INTENT"
	// Purpose is what the proffer says that the intention may be used for.
	Purpose = "an offer for this intention"
	// Data is the one category of data under the proffer: the cast itself.
	Data = "intention"
)

const version = 1

// What this package refuses, besides the errors of packages record and form.
var (
	// ErrForm: the bytes aren't the one form of a cast or withdrawal. Don't pass them on.
	ErrForm = errors.New("not in the one form of a cast")
	// ErrMalformed: a field is out of its bounds. For one's own cast, the text says what to change.
	ErrMalformed = errors.New("malformed cast")
)

// Condition of what is looked for. It travels: append-only.
type Condition uint8

// The conditions.
const (
	ConditionUnsaid Condition = 0
	ConditionNew    Condition = 1
	ConditionUsed   Condition = 2
	ConditionEither Condition = 3
)

// Attribute is one hard requirement, such as {"roast", "dark"}.
type Attribute struct{ Name, Value string }

// Cast is one intention as it is cast.
type Cast struct {
	// ID and Key are the record's id and the cast's key. Read sets them; NewCast doesn't look at them.
	ID  record.ID
	Key record.Key
	// Terms are proffered to whoever answers until AcceptBy, which is a whole hour and
	// not after Expires. Their id is TermsID.
	Terms    terms.Ref
	AcceptBy time.Time
	Nonce    [NonceSize]byte
	// Category is what it is about, Text says so in words: 1 to MaxText bytes.
	Category category.Path
	Text     string
	// Quantity in Units; 0 and "" where not said.
	Quantity uint32
	Unit     string
	// Attributes must hold, Wishes may.
	Attributes []Attribute
	Wishes     []string
	Condition  Condition
	// Place is words, without numbers: an area, not an address. "" for anywhere.
	Place string
	// NeededFrom and NeededBy are whole days (UTC) at their start; zero where not said.
	NeededFrom, NeededBy time.Time
	// Currency of the offers wanted; "" for any.
	Currency money.Currency
	// Expires is a whole hour, at most MaxLife away.
	Expires time.Time
	// Reply is 1 to MaxReply roads by which an offer can come.
	Reply []road.Road
	// Community that it is cast in; zero for a cast to named vendors.
	Community record.ID
}

// Withdrawal takes a cast back.
type Withdrawal struct {
	// ID and Key are the record's id and the cast's key.
	ID  record.ID
	Key record.Key
	// Cast is the id of the cast, Expires its expiry.
	Cast    record.ID
	Expires time.Time
}

// Hour returns the whole hour at or after t: casts name no finer time.
func Hour(t time.Time) time.Time { return t.Add(time.Hour - 1).Truncate(time.Hour).UTC() }

// Day returns the start of t's day in UTC.
func Day(t time.Time) time.Time { return t.Truncate(24 * time.Hour).UTC() }

// NewCast returns the cast signed by a fresh key. Errors: ErrMalformed where a field of c is
// out of bounds, record.ErrTooLarge where all together don't fit the form, and by's own.
func NewCast(ctx context.Context, c Cast, by record.Signer) (record.Record, error) {
	payload, err := c.encode()
	if err != nil {
		return record.Record{}, err
	}
	// What is signed here is what others can read.
	if _, err := decodeCast(payload); err != nil {
		return record.Record{}, err
	}
	return sign(ctx, TypeCast, payload, by)
}

// NewWithdrawal returns the withdrawal of c, signed by the cast's key. Errors:
// record.ErrSigner for another key, ErrMalformed, and by's own.
func NewWithdrawal(ctx context.Context, c Cast, by record.Signer) (record.Record, error) {
	if by.Key() != c.Key {
		return record.Record{}, fmt.Errorf("%w: a cast is withdrawn by its own key", record.ErrSigner)
	}
	payload, err := Withdrawal{Cast: c.ID, Expires: c.Expires}.encode()
	if err != nil {
		return record.Record{}, err
	}
	if _, err := decodeWithdrawal(payload); err != nil {
		return record.Record{}, err
	}
	return sign(ctx, TypeWithdrawal, payload, by)
}

func sign(ctx context.Context, t record.Type, payload []byte, by record.Signer) (record.Record, error) {
	s, err := record.New(record.Draft{
		Type: t, Version: version, Payload: payload, Signers: []record.Signatory{{Role: record.RoleFirst, Key: by.Key()}},
	})
	if err != nil {
		return record.Record{}, err
	}
	r, err := record.SignBy(ctx, s, by)
	if err != nil {
		return record.Record{}, err
	}
	return r, checkFrame(r, t)
}

// ReadCast returns the cast in v. Errors: form's and record's, ErrForm, ErrMalformed.
func ReadCast(v record.Verified) (Cast, error) {
	if err := checkFrame(v.Record(), TypeCast); err != nil {
		return Cast{}, err
	}
	c, err := decodeCast(v.Statement().Payload())
	if err != nil {
		return Cast{}, err
	}
	c.ID, c.Key = v.ID(), v.Statement().Author()
	return c, nil
}

// ReadWithdrawal returns the withdrawal in v. Errors: as of ReadCast.
func ReadWithdrawal(v record.Verified) (Withdrawal, error) {
	if err := checkFrame(v.Record(), TypeWithdrawal); err != nil {
		return Withdrawal{}, err
	}
	w, err := decodeWithdrawal(v.Statement().Payload())
	if err != nil {
		return Withdrawal{}, err
	}
	w.ID, w.Key = v.ID(), v.Statement().Author()
	return w, nil
}

// checkFrame holds all of the one form that lies outside of the payload.
func checkFrame(r record.Record, t record.Type) error {
	f := form.Form{Type: t, Version: version, Roles: []record.Role{record.RoleFirst}, Open: true, MaxRecord: FormSize}
	if err := f.Check(r); err != nil {
		return err
	}
	if len(r.Bytes()) != FormSize || len(r.Signatures()[0].Delegation) > 0 {
		return fmt.Errorf("%w: %d bytes signed without a delegation, want %d", ErrForm, len(r.Bytes()), FormSize)
	}
	return nil
}
