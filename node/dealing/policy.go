package dealing

import (
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/terms"
)

// Reply is a policy's word on one kind of terms.
type Reply string

// The replies.
const (
	ReplyAccept      Reply = "accept"
	ReplyAlternative Reply = "alternative"
	ReplyDecline     Reply = "decline"
	ReplyAsk         Reply = "ask"
)

// From says whose proffers are looked at (IEEE 7012's agent settings).
type From string

// The circles, from the widest to none.
const (
	Anyone      From = "anyone"
	KnownParty  From = "known" // somebody who sent a record before
	PriorParty  From = "prior" // somebody with an agreement, ended or not
	NobodyParty From = "nobody"
)

// Rule answers proffers of one kind of terms.
type Rule struct {
	Reply Reply `json:"reply"`
	// Alternative is the roster id that ReplyAlternative names instead.
	Alternative string `json:"alternative,omitempty"`
}

// Policy is an organisation's: how it answers what is proffered to it.
type Policy struct {
	// Rules are by roster id.
	Rules map[string]Rule `json:"rules"`
	// Otherwise answers terms without a rule; it defaults to ReplyAsk, and can't be an alternative.
	Otherwise Reply `json:"otherwise"`
	// From defaults to Anyone.
	From From `json:"from"`
}

// DefaultPolicy asks a human each time.
func DefaultPolicy() Policy {
	return Policy{Rules: map[string]Rule{}, Otherwise: ReplyAsk, From: Anyone}
}

// Validate returns ErrSettings for what isn't on the roster, or not a word of ours.
func (p Policy) Validate(r *terms.Roster) error {
	for id, rule := range p.Rules {
		if err := onRoster(r, id); err != nil {
			return err
		}
		switch rule.Reply {
		case ReplyAccept, ReplyDecline, ReplyAsk:
			if rule.Alternative != "" {
				return fmt.Errorf("%w: %s=%s takes no alternative", ErrSettings, id, rule.Reply)
			}
		case ReplyAlternative:
			if err := onRoster(r, rule.Alternative); err != nil {
				return err
			}
			if rule.Alternative == id {
				return fmt.Errorf("%w: %s as an alternative to itself", ErrSettings, id)
			}
		default:
			return fmt.Errorf("%w: reply %q, want accept, alternative, decline or ask", ErrSettings, rule.Reply)
		}
	}
	if !slices.Contains([]Reply{ReplyAccept, ReplyDecline, ReplyAsk}, p.Otherwise) {
		return fmt.Errorf("%w: otherwise %q, want accept, decline or ask", ErrSettings, p.Otherwise)
	}
	if !slices.Contains([]From{Anyone, KnownParty, PriorParty, NobodyParty}, p.From) {
		return fmt.Errorf("%w: from %q, want anyone, known, prior or nobody", ErrSettings, p.From)
	}
	return nil
}

// Admits reports whether a proffer by such a party is looked at.
func (p Policy) Admits(known, prior bool) bool {
	switch p.From {
	case Anyone:
		return true
	case KnownParty:
		return known || prior
	case PriorParty:
		return prior
	}
	return false
}

// Answer decides on a proffer of the given terms. Terms that aren't the roster's own, to the
// version and the hash, are never accepted by rule.
func (p Policy) Answer(r *terms.Roster, t terms.Ref) agreement.Decision {
	listed, ok := r.Lookup(t.ID)
	if !ok || listed.Ref != t {
		return agreement.Decision{Kind: agreement.Decline, Reason: agreement.ReasonTerms, Text: "terms not on our roster"}
	}
	rule, ok := p.Rules[t.ID]
	if !ok {
		rule.Reply = p.Otherwise
	}
	switch rule.Reply {
	case ReplyAccept:
		return agreement.Decision{Kind: agreement.Accept}
	case ReplyDecline:
		return agreement.Decision{Kind: agreement.Decline, Reason: agreement.ReasonTerms}
	case ReplyAlternative:
		if alt, ok := r.Lookup(rule.Alternative); ok {
			return agreement.Decision{Kind: agreement.Alternative, Terms: alt.Ref}
		}
	}
	return agreement.Decision{Kind: agreement.Ask}
}
