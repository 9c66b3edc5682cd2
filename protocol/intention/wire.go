package intention

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
)

// The sizes of the tags of the padding fields: 16 needs two bytes, 3 needs one.
const (
	castTag       = 2
	withdrawalTag = 1
)

func (c Cast) encode() ([]byte, error) {
	m := &bywayv1.Cast{
		Proffer: &bywayv1.OpenProffer{
			Terms: terms.ToWire(c.Terms), Purpose: Purpose, Data: []string{Data}, AcceptBy: form.Milli(c.AcceptBy), Nonce: c.Nonce[:],
		},
		Category: c.Category.String(), Text: c.Text, Quantity: c.Quantity, Unit: c.Unit, Wishes: c.Wishes,
		Condition: bywayv1.Condition(c.Condition), Place: c.Place, NeededFrom: form.Milli(c.NeededFrom), NeededBy: form.Milli(c.NeededBy),
		Currency: string(c.Currency), Expires: form.Milli(c.Expires), Reply: road.ToWire(c.Reply),
	}
	for _, a := range c.Attributes {
		m.Attributes = append(m.Attributes, &bywayv1.Attribute{Name: a.Name, Value: a.Value})
	}
	if !c.Community.IsZero() {
		m.Community = c.Community[:]
	}
	return pad(m, TypeCast, castTag, func(zeros []byte) { m.Padding = zeros })
}

func (w Withdrawal) encode() ([]byte, error) {
	m := &bywayv1.Withdrawal{Cast: w.Cast[:], Expires: form.Milli(w.Expires)}
	return pad(m, TypeWithdrawal, withdrawalTag, func(zeros []byte) { m.Padding = zeros })
}

func decodeWithdrawal(b []byte) (Withdrawal, error) {
	var m bywayv1.Withdrawal
	if err := proto.Unmarshal(b, &m); err != nil {
		return Withdrawal{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	id, err := record.IDFromBytes(m.GetCast())
	if err != nil {
		return Withdrawal{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	w := Withdrawal{Cast: id}
	if w.Expires, err = whole("expires", m.GetExpires(), time.Hour); err != nil {
		return Withdrawal{}, err
	}
	if w.Cast.IsZero() || w.Expires.IsZero() {
		return Withdrawal{}, fmt.Errorf("%w: a withdrawal names its cast and the cast's expiry", ErrMalformed)
	}
	if err := oneForm(b, w.encode); err != nil {
		return Withdrawal{}, err
	}
	return w, nil
}

func decodeCast(b []byte) (Cast, error) {
	var m bywayv1.Cast
	if err := proto.Unmarshal(b, &m); err != nil {
		return Cast{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	c := Cast{
		Text: m.GetText(), Quantity: m.GetQuantity(), Unit: m.GetUnit(), Wishes: m.GetWishes(),
		Condition: Condition(m.GetCondition()), Place: m.GetPlace(), Currency: money.Currency(m.GetCurrency()),
	}
	if m.GetCondition() < 0 || m.GetCondition() > bywayv1.Condition(ConditionEither) {
		return Cast{}, fmt.Errorf("%w: condition %d", ErrMalformed, m.GetCondition())
	}
	// Counted before they are read, so that a full payload of tiny ones costs nothing.
	if n := len(m.GetAttributes()); n > MaxAttributes {
		return Cast{}, fmt.Errorf("%w: %d attributes, at most %d", ErrMalformed, n, MaxAttributes)
	}
	for _, a := range m.GetAttributes() {
		c.Attributes = append(c.Attributes, Attribute{Name: a.GetName(), Value: a.GetValue()})
	}
	for _, read := range []func(*bywayv1.Cast) error{c.readProffer, c.readTimes, c.readNames} {
		if err := read(&m); err != nil {
			return Cast{}, err
		}
	}
	if err := c.validate(); err != nil {
		return Cast{}, err
	}
	if err := oneForm(b, c.encode); err != nil {
		return Cast{}, err
	}
	return c, nil
}

func (c *Cast) readProffer(m *bywayv1.Cast) (err error) {
	p := m.GetProffer()
	if c.Terms, err = terms.FromWire(p.GetTerms()); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if n := len(p.GetNonce()); n != NonceSize {
		return fmt.Errorf("%w: a nonce of %d bytes, want %d", ErrMalformed, n, NonceSize)
	}
	c.Nonce = [NonceSize]byte(p.GetNonce())
	c.AcceptBy, err = whole("accept_by", p.GetAcceptBy(), time.Hour)
	return err
}

func (c *Cast) readTimes(m *bywayv1.Cast) (err error) {
	if c.Expires, err = whole("expires", m.GetExpires(), time.Hour); err != nil {
		return err
	}
	if c.NeededFrom, err = whole("needed_from", m.GetNeededFrom(), 24*time.Hour); err != nil {
		return err
	}
	c.NeededBy, err = whole("needed_by", m.GetNeededBy(), 24*time.Hour)
	return err
}

func (c *Cast) readNames(m *bywayv1.Cast) (err error) {
	if c.Category, err = category.Parse(m.GetCategory()); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if c.Reply, err = road.FromWire(m.GetReply(), MaxReply); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(m.GetCommunity()) == 0 {
		return nil
	}
	if c.Community, err = record.IDFromBytes(m.GetCommunity()); err != nil {
		return fmt.Errorf("%w: the community: %w", ErrMalformed, err)
	}
	return nil
}

// whole reads a time that is a multiple of unit: a finer one would tell casts apart.
func whole(name string, milli int64, unit time.Duration) (time.Time, error) {
	t, err := form.Time(name, milli)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if milli%unit.Milliseconds() != 0 {
		return time.Time{}, fmt.Errorf("%w: %s isn't a multiple of %s", ErrMalformed, name, unit)
	}
	return t, nil
}
