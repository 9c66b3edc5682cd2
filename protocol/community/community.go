package community

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
)

// TypeFounding is the type of a founding record's statement: open, RoleAuthor is its creator's key.
const TypeFounding record.Type = "community.founding"

// The bounds of a founding record. They are part of the protocol.
const (
	// MaxFounding is the largest whole record, in bytes: 64 tops of 63 bytes and four full roads fit.
	MaxFounding = 16 << 10

	MaxName        = 64  // bytes
	MaxDescription = 512 // bytes
	MaxRoads       = 4   // to the first steward
	NonceSize      = 16  // bytes, random: two communities of one name differ
)

const foundingVersion = 1

var foundingForm = form.Form{
	Type: TypeFounding, Version: foundingVersion, Roles: []record.Role{record.RoleAuthor}, Open: true, MaxRecord: MaxFounding,
}

// What this package refuses, besides the errors of packages record and form.
var (
	// ErrMalformed: the payload is no founding record, or is out of a bound. Don't join.
	ErrMalformed = errors.New("malformed founding record")
	// ErrOther: a founding record of another community than the one asked for. Ask somebody else.
	ErrOther = errors.New("founding record of another community")
)

// Founding is what a community is founded on. It never changes.
type Founding struct {
	// ID names the community; Creator founded it. Read sets them; New doesn't look at them.
	ID      record.ID
	Creator record.Key
	// Name is a claim: 1 to MaxName bytes.
	Name string
	// Tops are 1 to category.MaxTops categories of one word, each once: each is a topic.
	Tops []category.Path
	// Steward is the first steward's key, Roads are at most MaxRoads to it.
	Steward record.Key
	Roads   []road.Road
	// Founded is to the millisecond, by the creator's word.
	Founded     time.Time
	Description string
	Nonce       [NonceSize]byte
}

// New returns the founding record signed by its creator. Errors: ErrMalformed where a
// field of f is out of bounds, record.ErrTooLarge where all together are, and by's own.
func New(ctx context.Context, f Founding, by record.Signer) (record.Record, error) {
	payload, err := f.marshal()
	if err != nil {
		return record.Record{}, err
	}
	// What is signed here is what others can read.
	if _, err := unmarshal(payload); err != nil {
		return record.Record{}, err
	}
	s, err := record.New(record.Draft{
		Type: TypeFounding, Version: foundingVersion, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}},
	})
	if err != nil {
		return record.Record{}, err
	}
	r, err := record.SignBy(ctx, s, by)
	if err != nil {
		return record.Record{}, err
	}
	return r, foundingForm.Check(r)
}

// Verify reads the founding record of the community id from bytes that came from
// elsewhere, which the result keeps. Errors: record's, form's, ErrMalformed, ErrOther.
func Verify(b []byte, id record.ID) (record.Verified, Founding, error) {
	if len(b) > MaxFounding {
		return record.Verified{}, Founding{}, fmt.Errorf("%w: a founding record of %d bytes, at most %d", record.ErrTooLarge, len(b), MaxFounding)
	}
	r, err := record.ParseRecord(b)
	if err != nil {
		return record.Verified{}, Founding{}, err
	}
	if r.ID() != id {
		return record.Verified{}, Founding{}, fmt.Errorf("%w: %s, asked for %s", ErrOther, r.ID().Short(), id.Short())
	}
	if err := foundingForm.Check(r); err != nil {
		return record.Verified{}, Founding{}, err
	}
	v, err := r.Verify(record.Want{Complete: true})
	if err != nil {
		return record.Verified{}, Founding{}, err
	}
	f, err := Read(v)
	if err != nil {
		return record.Verified{}, Founding{}, err
	}
	return v, f, nil
}

// Read returns what v founds. Errors: form's and record's for another form, ErrMalformed.
func Read(v record.Verified) (Founding, error) {
	r := v.Record()
	if err := foundingForm.Check(r); err != nil {
		return Founding{}, err
	}
	// A delegation ends, a founding record doesn't.
	if len(r.Signatures()[0].Delegation) > 0 {
		return Founding{}, fmt.Errorf("%w: a founding record is signed by its creator's own key", record.ErrSigner)
	}
	f, err := unmarshal(v.Statement().Payload())
	if err != nil {
		return Founding{}, err
	}
	f.ID, f.Creator = v.ID(), v.Statement().Author()
	return f, nil
}

// Lists reports whether top is one of the community's top categories.
func (f Founding) Lists(top category.Path) bool { return slices.Contains(f.Tops, top) }

// Topics returns the names of all of the community's topics: the whole allow-list.
func (f Founding) Topics() []string {
	out := make([]string, 0, len(f.Tops))
	for _, top := range f.Tops {
		out = append(out, Topic(f.ID, top))
	}
	return out
}

// Topic returns the name of the gossip topic for a community's top category.
func Topic(community record.ID, top category.Path) string {
	return Prefix(community) + "/" + top.String()
}

// Prefix returns the prefix of the community's own DHT, "/byway/<id>". A DHT adds
// "/kad/1.0.0" to it for the name of its protocol.
func Prefix(community record.ID) string { return "/byway/" + community.String() }
