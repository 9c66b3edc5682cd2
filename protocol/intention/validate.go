package intention

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/money"
)

// validate holds what a cast may say beyond what decoding has checked.
func (c Cast) validate() error {
	if err := c.validateTexts(); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	switch {
	case c.Terms.ID != TermsID:
		return fmt.Errorf("%w: it proffers %s, want %s", ErrMalformed, c.Terms.ID, TermsID)
	case c.Expires.IsZero() || c.AcceptBy.IsZero() || c.AcceptBy.After(c.Expires):
		return fmt.Errorf("%w: it needs an expiry, and an accept_by not after it", ErrMalformed)
	case !c.NeededFrom.IsZero() && !c.NeededBy.IsZero() && c.NeededBy.Before(c.NeededFrom):
		return fmt.Errorf("%w: it is needed by a day before it is needed from", ErrMalformed)
	case len(c.Reply) == 0:
		return fmt.Errorf("%w: no road by which an offer could come", ErrMalformed)
	case strings.ContainsFunc(c.Place, unicode.IsNumber):
		return fmt.Errorf("%w: a number in the place: try the name of a town or district", ErrMalformed)
	}
	return nil
}

func (c Cast) validateTexts() error {
	texts := []form.Text{
		{Name: "text", Value: c.Text, Min: 1, Max: MaxText},
		{Name: "unit", Value: c.Unit, Max: MaxUnit},
		{Name: "place", Value: c.Place, Max: MaxPlace},
	}
	for _, a := range c.Attributes {
		texts = append(texts,
			form.Text{Name: "an attribute's name", Value: a.Name, Min: 1, Max: MaxAttribute},
			form.Text{Name: "an attribute's value", Value: a.Value, Min: 1, Max: MaxValue})
	}
	if n := len(c.Wishes); n > MaxWishes {
		return fmt.Errorf("%w: %d wishes, at most %d", form.ErrText, n, MaxWishes)
	}
	for _, w := range c.Wishes {
		texts = append(texts, form.Text{Name: "a wish", Value: w, Min: 1, Max: MaxWish})
	}
	if c.Currency != "" {
		if _, err := money.ParseCurrency(string(c.Currency)); err != nil {
			return err
		}
	}
	return form.Texts(texts...)
}
