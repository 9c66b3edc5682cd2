package evidence

import (
	"bytes"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

// begin finds the record that the thread began with, and by it the two parties.
func (b *Bundle) begin() error {
	for _, v := range b.records {
		if v.ID() != b.thread {
			continue
		}
		first, second, ok := parties(v)
		if !ok {
			return fmt.Errorf("%w: %s begins no agreement", ErrMalformed, b.thread.Short())
		}
		b.first, b.second = first, second
		return nil
	}
	return fmt.Errorf("%w: the proffer or acceptance %s isn't in it", ErrMalformed, b.thread.Short())
}

// parties returns the two keys of what a thread begins with.
func parties(v record.Verified) (first, second record.Key, ok bool) {
	s := v.Statement()
	first, isFirst := s.Key(record.RoleFirst)
	second, isSecond := s.Key(record.RoleSecond)
	switch s.Type() {
	case agreement.TypeBody:
		var m bywayv1.AgreementBody
		err := proto.Unmarshal(s.Payload(), &m)
		return first, second, isFirst && isSecond && len(s.Signers()) == 2 && s.Recipient() == second && err == nil && len(m.GetAnswers()) == 0
	case agreement.TypeAcceptance:
		return s.Recipient(), second, isSecond && len(s.Signers()) == 1 && !s.Recipient().IsZero()
	}
	return first, second, false
}

// check holds every record to its place, once the two parties are known. The acceptance in an
// offer is judged at the given time.
func (b *Bundle) check(at time.Time) error {
	made := signings{}
	for _, v := range b.records {
		if !b.between(v) {
			return fmt.Errorf("%w: %s isn't between the two parties alone", ErrStrange, v.ID().Short())
		}
		if by, ok := made.clash(v); ok {
			return fmt.Errorf("%w: two signatures by %s on %s", ErrStrange, by.Short(), v.ID().Short())
		}
		made.add(v)
	}
	if err := b.fold(); err != nil {
		return err
	}
	if !b.listed.IsZero() {
		r, err := terms.Load(b.listed)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		b.roster = r
	}
	return b.checkTaking(at)
}

// signings are the signatures on the statements seen so far, by whom and in which role.
type signings map[signing]record.Signature

type signing struct {
	id   record.ID
	role record.Role
	key  record.Key
}

// clash returns who made another signature on v than one that was seen; false for nobody.
func (m signings) clash(v record.Verified) (record.Key, bool) {
	for _, s := range v.Record().Signatures() {
		if held, ok := m[signing{v.ID(), s.Role, s.Key}]; ok && !held.Equal(s) {
			return s.Key, true
		}
	}
	return record.Key{}, false
}

func (m signings) add(v record.Verified) {
	for _, s := range v.Record().Signatures() {
		m[signing{v.ID(), s.Role, s.Key}] = s
	}
}

// between reports whether both parties, and nobody else, have to do with v.
func (b *Bundle) between(v record.Verified) bool {
	s := v.Statement()
	if to := s.Recipient(); to != b.first && to != b.second {
		return false
	}
	for _, x := range s.Signers() {
		if x.Key != b.first && x.Key != b.second {
			return false
		}
	}
	return true
}

// checkTaking holds the taking to the thread, and the offer to the taking.
func (b *Bundle) checkTaking(at time.Time) error {
	if b.taking.IsZero() && b.offer.IsZero() {
		return nil
	}
	t, ok := readTaking(b.taking)
	if !ok || !bytes.Equal(t.GetProffer(), b.thread[:]) || !bytes.Equal(t.GetNewKey(), b.first[:]) || b.taking.Statement().Recipient() != b.second {
		return fmt.Errorf("%w: a taking of something else, or none", ErrStrange)
	}
	if b.offer.IsZero() {
		return nil
	}
	return b.checkOffer(t, at)
}

// checkOffer holds the offer to the taking, and the acceptance in it to the offer.
func (b *Bundle) checkOffer(t *bywayv1.Taking, at time.Time) error {
	acceptance, cast, ok := readOffer(b.offer.Statement().Payload())
	if !ok || !b.isTaken(t) {
		return fmt.Errorf("%w: another offer than the one that was taken", ErrStrange)
	}
	v, err := record.Verify(acceptance, record.Want{At: at})
	if err != nil {
		return fmt.Errorf("the acceptance in the offer: %w", err)
	}
	a, err := agreement.Read(v)
	if err != nil {
		return fmt.Errorf("the acceptance in the offer: %w", err)
	}
	of := a.Carrier.ID()
	if a.Kind != agreement.KindAcceptance || a.Second != b.second || a.First != b.offer.Statement().Recipient() || !bytes.Equal(cast, of[:]) {
		return fmt.Errorf("%w: an offer with the acceptance of something else", ErrStrange)
	}
	return nil
}

// readOffer returns the two fields of an offer that bind it to a cast. What is offered is for who takes it
// to judge, so the rest is skipped, whatever is in it.
func readOffer(payload []byte) (acceptance, cast []byte, ok bool) {
	for len(payload) > 0 {
		num, typ, n := protowire.ConsumeField(payload)
		if n < 0 || num > protowire.MaxValidNumber {
			return nil, nil, false
		}
		if typ == protowire.BytesType && num <= 2 {
			_, _, tag := protowire.ConsumeTag(payload)
			value, _ := protowire.ConsumeBytes(payload[tag:])
			if num == 1 {
				acceptance = value
			} else {
				cast = value
			}
		}
		payload = payload[n:]
	}
	return acceptance, cast, true
}

// isTaken reports whether the offer is the one that a taking of it names.
func (b *Bundle) isTaken(t *bywayv1.Taking) bool {
	s, id := b.offer.Statement(), b.offer.ID()
	to := s.Recipient()
	by, one := s.Key(record.RoleAuthor)
	return s.Type() == typeOffer && s.Version() == 1 && len(s.Signers()) == 1 && one && by == b.second && bytes.Equal(t.GetCastKey(), to[:]) &&
		bytes.Equal(t.GetOffer(), id[:])
}

// readTaking returns what a taking says, where it says the same as the statement around it.
func readTaking(v record.Verified) (*bywayv1.Taking, bool) {
	var m bywayv1.Taking
	s := v.Statement()
	before, isBefore := s.Key(record.RoleBefore)
	after, isAfter := s.Key(record.RoleAfter)
	to := s.Recipient()
	ok := !v.IsZero() && s.Type() == typeTaking && s.Version() == 1 && len(s.Signers()) == 2 && isBefore && isAfter && v.Complete() &&
		proto.Unmarshal(s.Payload(), &m) == nil && len(m.GetOffer()) == len(record.ID{}) &&
		bytes.Equal(m.GetCastKey(), before[:]) && bytes.Equal(m.GetNewKey(), after[:]) && bytes.Equal(m.GetVendorKey(), to[:])
	return &m, ok
}

// TakenOffer returns the id of the offer that a taking takes, and the cast's key that it
// was made for; false for a record that is no taking.
func TakenOffer(v record.Verified) (offer record.ID, cast record.Key, ok bool) {
	m, ok := readTaking(v)
	if !ok {
		return offer, cast, false
	}
	cast, _ = v.Statement().Key(record.RoleBefore)
	return record.ID(m.GetOffer()), cast, true
}
