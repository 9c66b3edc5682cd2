package casting

import (
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
)

// Wish is what a person wants to cast. Highest and To stay at home.
type Wish struct {
	// Category and Text are needed; the fields up to Currency travel as they are, within the
	// bounds of protocol/intention.
	Category   category.Path
	Text       string
	Quantity   uint32
	Unit       string
	Attributes []intention.Attribute
	Wishes     []string
	Condition  intention.Condition
	Place      string
	// NeededFrom and NeededBy are cut to whole days (UTC).
	NeededFrom, NeededBy time.Time
	Currency             money.Currency
	// Life is how long it is live, rounded up to a whole hour; 0 for DefaultLife, at most intention.MaxLife.
	Life time.Duration
	// Highest is what she would pay at most; offers above it are marked.
	Highest money.Amount
	// To names the vendors that alone are told, by no mesh; at most MaxTo. Otherwise
	// Community says who is.
	To        []record.Key
	Community record.ID
}

func (w Wish) validate() error {
	switch {
	case w.Category.IsZero():
		return fmt.Errorf("%w: it has no category; try one like food/coffee/beans", ErrWish)
	case len(w.To) > MaxTo:
		return fmt.Errorf("%w: it names %d vendors, at most %d", ErrWish, len(w.To), MaxTo)
	case (len(w.To) == 0) == w.Community.IsZero():
		return fmt.Errorf("%w: it goes to a community or to vendors that it names, and to one of them only", ErrWish)
	case w.Life < 0 || w.Life > intention.MaxLife:
		return fmt.Errorf("%w: live for %s, at most %s", ErrWish, w.Life, intention.MaxLife)
	case !w.Highest.IsZero() && w.Currency != "" && w.Highest.Currency != w.Currency:
		return fmt.Errorf("%w: a highest price in %s, offers wanted in %s", ErrWish, w.Highest.Currency, w.Currency)
	}
	for i, k := range w.To {
		if k.IsZero() || slices.Contains(w.To[:i], k) {
			return fmt.Errorf("%w: it names a vendor twice, or nobody", ErrWish)
		}
	}
	if !w.Highest.IsZero() {
		if err := w.Highest.Validate(); err != nil {
			return fmt.Errorf("%w: highest price: %w", ErrWish, err)
		}
	}
	return nil
}

// cast returns what of w travels. Nothing else of w does.
func (w Wish) cast(now time.Time) intention.Cast {
	if w.Life == 0 {
		w.Life = DefaultLife
	}
	expires := intention.Hour(now.Add(w.Life))
	if expires.Sub(now) > intention.MaxLife {
		expires = expires.Add(-time.Hour)
	}
	c := intention.Cast{
		AcceptBy: expires, Category: w.Category, Text: w.Text, Quantity: w.Quantity, Unit: w.Unit,
		Attributes: w.Attributes, Wishes: w.Wishes, Condition: w.Condition, Place: w.Place,
		Currency: w.Currency, Expires: expires, Community: w.Community,
	}
	if !w.NeededFrom.IsZero() {
		c.NeededFrom = intention.Day(w.NeededFrom)
	}
	if !w.NeededBy.IsZero() {
		c.NeededBy = intention.Day(w.NeededBy)
	}
	return c
}
