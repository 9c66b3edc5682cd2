package casting

import (
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

// How says by which way a vendor heard an intention. It is stored: append-only.
type How uint8

// The ways.
const (
	ByMesh    How = 1 // a topic that this node subscribes to
	BySteward How = 2 // a steward's list of what is live
	Directly  How = 3 // the person's node, which named this vendor
)

// String returns the way in words.
func (h How) String() string {
	if h > Directly {
		return "unknown"
	}
	return [...]string{"unknown", "mesh", "steward", "direct"}[h]
}

// Intention is one intention as this node holds it: cast by its own person, or heard by
// a vendor. A value: changing it changes nothing.
type Intention struct {
	intention.Cast
	// At is when it was cast, or heard.
	At time.Time
	// State is by this node's records and clock. A vendor's is live or expired: what was withdrawn is forgotten.
	State intention.State
	// Offers counts those that came, or that were sent.
	Offers int

	// To are the vendors that it was cast to; none where it went to a community. The person's alone.
	To []record.Key
	// Highest is what the person would pay at most, zero where she said nothing. It never leaves her node.
	Highest money.Amount
	// Deliveries say how far the cast, or its withdrawal, came. The person's alone.
	Deliveries []Delivery

	// How a vendor heard it; zero for a person's own.
	How How
}

// Delivery is what became of a cast or withdrawal on its way to one party.
type Delivery struct {
	// Withdrawal tells a withdrawal from the cast.
	Withdrawal bool
	// To is the vendor; zero for a community.
	To record.Key
	// Taken says that the other side has it. Otherwise it is tried again until the
	// intention expires, unless Refused says why it was refused for good.
	Taken   bool
	Refused string
}

// Quote is what to offer.
type Quote struct {
	// SKU picks an item of the catalog, whose fields stand in for those below that are left out.
	SKU string
	// Item is in plain words; needed without SKU.
	Item, Description string
	// Price is for all of Quantity; a zero Price is the catalog's times Quantity.
	Price money.Amount
	// Quantity is as asked for where it is 0, and 1 where nothing was asked.
	Quantity uint32
	// GoodFor is how long the offer holds; 0 for the vendor's default.
	GoodFor time.Duration
	// Terms are those that will be countersigned, by roster id; none for the vendor's default.
	Terms []string
	// Note is a word to the person.
	Note string
}

// Offer is one offer as this node holds it: received by a person, or made by a vendor.
type Offer struct {
	offer.Offer
	// At is when it came, or was made.
	At time.Time
	// State is by this node's records and clock.
	State offer.State
	// Name is how the vendor calls itself: a claim.
	Name string
	// Agreement is what the offer itself made: that the vendor is bound by the terms of
	// the intention. Taken is the newest proffer that takes the offer; zero where none does.
	Agreement, Taken record.ID
	// OverHighest says that the price is above what the person would pay at most, or in another currency. Hers alone.
	OverHighest bool
	// Reason is why it was refused.
	Reason string
}

// show returns what is held about one offer, without what is the person's alone.
func show(s offer.Standing, now time.Time) (Offer, error) {
	out := Offer{Offer: s.Offer, At: s.At, State: s.State(now), Reason: s.Reason}
	if n := len(s.Takings); n > 0 {
		out.Taken = s.Takings[n-1].Proffer
	}
	v, err := record.Verify(s.Offer.Acceptance, record.Want{At: s.At, Complete: true})
	if err != nil {
		return out, fmt.Errorf("the acceptance inside offer %s: %w", s.Offer.ID.Short(), err)
	}
	f, err := agreement.Describe(v)
	if err != nil {
		return out, fmt.Errorf("the acceptance inside offer %s: %w", s.Offer.ID.Short(), err)
	}
	out.Agreement, out.Name = f.ID, f.Body.SecondName
	return out, nil
}

// refsOf returns the rows of a roster by id, or the id that it hasn't.
func refsOf(r *terms.Roster, ids []string) ([]terms.Ref, string) {
	var out []terms.Ref
	for _, id := range ids {
		t, ok := r.Lookup(id)
		if !ok {
			return nil, id
		}
		out = append(out, t.Ref)
	}
	return out, ""
}
