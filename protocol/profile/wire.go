package profile

import (
	"fmt"
	"net/url"
	"slices"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
)

func (c Card) marshal() ([]byte, error) {
	m := &bywayv1.Card{
		Name: c.Name, Sequence: c.Sequence, Issued: form.Milli(c.Issued), Expires: form.Milli(c.Expires),
		Roads: road.ToWire(c.Roads), Speaks: c.Speaks, Description: c.Description, Url: c.URL, Steward: c.Steward,
	}
	for _, r := range c.Accepts {
		m.Accepts = append(m.Accepts, terms.ToWire(r))
	}
	for _, p := range c.Categories {
		m.Categories = append(m.Categories, p.String())
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return b, nil
}

func unmarshal(b []byte) (Card, error) {
	var m bywayv1.Card
	if err := proto.Unmarshal(b, &m); err != nil {
		return Card{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	c := Card{
		Name: m.GetName(), Sequence: m.GetSequence(), Speaks: m.GetSpeaks(),
		Description: m.GetDescription(), URL: m.GetUrl(), Steward: m.GetSteward(),
	}
	var err error
	if c.Issued, err = form.Time("issued", m.GetIssued()); err != nil {
		return Card{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if c.Expires, err = form.Time("expires", m.GetExpires()); err != nil {
		return Card{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if c.Roads, err = road.FromWire(m.GetRoads(), MaxRoads); err != nil {
		return Card{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	// Counted before they are read, so that a full payload of tiny ones costs nothing.
	if len(m.GetAccepts()) > MaxAccepts || len(m.GetCategories()) > MaxCategories {
		return Card{}, fmt.Errorf("%w: %d terms and %d categories, at most %d and %d", ErrMalformed,
			len(m.GetAccepts()), len(m.GetCategories()), MaxAccepts, MaxCategories)
	}
	for _, r := range m.GetAccepts() {
		ref, err := terms.FromWire(r)
		if err != nil {
			return Card{}, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		c.Accepts = append(c.Accepts, ref)
	}
	for _, s := range m.GetCategories() {
		p, err := category.Parse(s)
		if err != nil {
			return Card{}, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		c.Categories = append(c.Categories, p)
	}
	return c, c.validate()
}

// validate holds what a card may say, for our own and for those of others alike.
func (c Card) validate() error {
	err := form.Texts(
		form.Text{Name: "name", Value: c.Name, Min: 1, Max: MaxName},
		form.Text{Name: "description", Value: c.Description, Max: MaxDescription},
		form.Text{Name: "url", Value: c.URL, Max: MaxURL},
	)
	if err == nil {
		err = road.Check(c.Roads, MaxRoads)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	switch life := c.Expires.Sub(c.Issued); {
	case c.Sequence == 0:
		return fmt.Errorf("%w: sequences start at 1", ErrMalformed)
	case c.Issued.IsZero() || c.Expires.IsZero() || life <= 0 || life > MaxLife:
		return fmt.Errorf("%w: it needs a life of at most %s", ErrMalformed, MaxLife)
	case len(c.Speaks) > MaxSpeaks || len(c.Accepts) > MaxAccepts || len(c.Categories) > MaxCategories:
		return fmt.Errorf("%w: at most %d protocols, %d terms and %d categories", ErrMalformed, MaxSpeaks, MaxAccepts, MaxCategories)
	case c.URL != "" && !webAddress(c.URL):
		return fmt.Errorf("%w: %q isn't an absolute http or https address", ErrMalformed, c.URL)
	}
	return c.validateLists()
}

func (c Card) validateLists() error {
	for i, s := range c.Speaks {
		if !protocolID(s) || i > 0 && s <= c.Speaks[i-1] {
			return fmt.Errorf("%w: protocol %q, or out of order", ErrMalformed, s)
		}
	}
	for i, r := range c.Accepts {
		if r.Validate() != nil || slices.Contains(c.Accepts[:i], r) {
			return fmt.Errorf("%w: terms %q, or there twice", ErrMalformed, r)
		}
	}
	for i, p := range c.Categories {
		if p.IsZero() || slices.Contains(c.Categories[:i], p) {
			return fmt.Errorf("%w: category %q, or there twice", ErrMalformed, p)
		}
	}
	return nil
}

// protocolID reports whether s is a slash with visible ASCII after it.
func protocolID(s string) bool {
	if len(s) < 2 || len(s) > MaxSpeak || s[0] != '/' {
		return false
	}
	for _, b := range []byte(s) {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
