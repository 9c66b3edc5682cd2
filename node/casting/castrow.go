package casting

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// tableCasts: cast's id → castRow in JSON. Local alone.
const tableCasts store.Table = "casts"

// castRow is what a person's node knows of a cast beside its records: what stays at home,
// and how far it came.
type castRow struct {
	ID        record.ID      `json:"-"`
	At        time.Time      `json:"at"`
	Expires   time.Time      `json:"expires"`
	Community string         `json:"community,omitempty"`
	Top       string         `json:"top"`
	Highest   int64          `json:"highest,omitempty"`
	Currency  money.Currency `json:"currency,omitempty"`
	Withdrawn bool           `json:"withdrawn,omitempty"`
	// Ways are one for the community, or for each vendor.
	Ways []way `json:"ways"`
}

// way is how far the newest word about a cast came on one way.
type way struct {
	To      string `json:"to,omitempty"` // a vendor's key; empty for the community
	Taken   bool   `json:"taken,omitempty"`
	Refused string `json:"refused,omitempty"`
	// Withdrawal says that the newest word is the withdrawal.
	Withdrawal bool `json:"withdrawal,omitempty"`
}

func newCastRow(v record.Verified, w Wish, c intention.Cast, now time.Time) castRow {
	row := castRow{
		ID: v.ID(), At: now, Expires: c.Expires, Top: c.Category.Top().String(),
		Highest: w.Highest.Minor, Currency: w.Highest.Currency,
	}
	if len(w.To) == 0 {
		row.Community = w.Community.String()
		row.Ways = []way{{}}
	}
	for _, k := range w.To {
		row.Ways = append(row.Ways, way{To: k.String()})
	}
	return row
}

// withdraw has every way start again with the withdrawal. Those who never took the cast
// are told too: it may have reached them, and the answer not us.
func (r *castRow) withdraw() {
	r.Withdrawn = true
	for i := range r.Ways {
		r.Ways[i] = way{To: r.Ways[i].To, Withdrawal: true}
	}
}

func (r castRow) row() store.Row {
	b, err := json.Marshal(r)
	if err != nil {
		b = []byte("{}") // no field of it can fail
	}
	return store.Row{Table: tableCasts, Key: r.ID[:], Value: b}
}

func readCastRow(r store.Row) (castRow, error) {
	var row castRow
	id, err := record.IDFromBytes(r.Key)
	if err == nil {
		err = json.Unmarshal(r.Value, &row)
	}
	if err != nil {
		return castRow{}, fmt.Errorf("%w: a row of %s: %w", store.ErrCorrupt, tableCasts, err)
	}
	row.ID = id
	return row, nil
}

func (r castRow) highest() money.Amount { return money.Amount{Minor: r.Highest, Currency: r.Currency} }

// show adds what the row knows to an intention.
func (r castRow) show(i *Intention) error {
	i.At, i.Highest = r.At, r.highest()
	for _, w := range r.Ways {
		d := Delivery{Withdrawal: w.Withdrawal, Taken: w.Taken, Refused: w.Refused}
		if w.To != "" {
			k, err := record.ParseKeyText(w.To)
			if err != nil {
				return fmt.Errorf("%w: a row of %s: %w", store.ErrCorrupt, tableCasts, err)
			}
			d.To = k
			i.To = append(i.To, k)
		}
		i.Deliveries = append(i.Deliveries, d)
	}
	return nil
}
