package node

import (
	"github.com/bywaynet/byway/node/casting"
	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/dealing"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// ErrLocked is what Start returns for a folder that another running node has; the text names its process.
// Steer that one over its socket, or stop it.
var ErrLocked = store.ErrLocked

// The domain's types, so that a program that embeds a node imports this package alone.
// Each is documented where it is defined.
type (
	// Key is a party's public key.
	Key = record.Key
	// ID names a record.
	ID = record.ID
	// Category is a path of plain words.
	Category = category.Path
	// Amount is an exact price.
	Amount = money.Amount
	// Contact is what is known of an organisation.
	Contact = contacts.Contact
	// Preferences are a person's.
	Preferences = dealing.Preferences
	// Policy is an organisation's, made of Rules.
	Policy = dealing.Policy
	// Rule answers proffers of one kind of terms.
	Rule = dealing.Rule
	// Ask is what a person proffers.
	Ask = dealing.Ask
	// Wish is what a person looks for.
	Wish = casting.Wish
	// Intention is one intention, cast or heard.
	Intention = casting.Intention
	// Interest says which intentions a handler is for.
	Interest = casting.Interest
	// Quote is what a handler offers.
	Quote = casting.Quote
	// Offer is one offer, made or received.
	Offer = casting.Offer
	// ImportOptions say how a price list is read.
	ImportOptions = catalog.Options
	// ImportReport says what became of a price list.
	ImportReport = catalog.Report
	// Status is what a node says of itself.
	Status = localapi.Status
	// View is how an agreement stands.
	View = agreement.View
)

// The words of a policy and of preferences.
const (
	Accept      = dealing.ReplyAccept
	Alternative = dealing.ReplyAlternative
	Decline     = dealing.ReplyDecline
	AskHuman    = dealing.ReplyAsk
	Anyone      = dealing.Anyone
	Always      = dealing.Always
	AskMe       = dealing.AskMe

	// Auto has the price list answer by rule, ByHuman leaves all to a human.
	Auto    = casting.Auto
	ByHuman = casting.Human
)

// ParseCategory reads a category's path, such as "food/coffee/beans".
func ParseCategory(s string) (Category, error) { return category.Parse(s) }

// ParseAmount reads a price, such as "12.50" and "EUR".
func ParseAmount(decimal, currency string) (Amount, error) { return money.Parse(decimal, currency) }

// ParseKey reads a key in full: 52 letters.
func ParseKey(s string) (Key, error) { return record.ParseKeyText(s) }

// An Agreement is one thread of terms as this node holds it.
type Agreement struct {
	View
	// Record is the whole record that was agreed, byte for byte the same on both sides;
	// nil until something was. It is what `byway verify` reads.
	Record []byte
	// Alternative says that the terms are those that the organisation named instead.
	Alternative bool
	// Declined says that the organisation declined, and nothing was agreed.
	Declined bool
	// ByOffer says that an offer made it: the vendor accepted the intention's own terms.
	ByOffer bool
}

func agreementOf(a agreement.Agreement, v View) Agreement {
	out := Agreement{View: v, Alternative: !v.Body.Answers.IsZero()}
	out.Declined = v.State == agreement.Answered && v.EndedBy == agreement.Second
	if rec, ok := a.Agreed(); ok {
		out.Record, out.ByOffer = rec.Bytes(), rec.Statement().Type() == agreement.TypeAcceptance
	}
	return out
}
