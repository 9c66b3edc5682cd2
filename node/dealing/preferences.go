package dealing

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/terms"
)

// Apply says when a person's preferences act without asking her (IEEE 7012's agent settings).
type Apply string

// The ways to apply preferences.
const (
	Always        Apply = "always"        // an alternative on her list is taken
	Conditionally Apply = "conditionally" // … from a party that she has an agreement with already; else she is asked
	Never         Apply = "never"         // she is asked each time
)

// OffList says what happens to an alternative that isn't on a person's list.
type OffList string

// The ways with what isn't on the list. None takes it.
const (
	AskMe   OffList = "ask"
	Decline OffList = "decline"
)

// Preferences are a person's: which terms she takes, and when without asking her.
type Preferences struct {
	// Acceptable are ids of the roster, the most liked first: that one is proffered
	// where none is named. Never empty.
	Acceptable []string `json:"acceptable"`
	// Apply defaults to Never: nothing is signed for her unasked until she says so.
	Apply Apply `json:"apply"`
	// OffList defaults to AskMe.
	OffList OffList `json:"off_list"`
}

// DefaultPreferences proffer the plainest service terms. She is asked about each alternative,
// as a human is by DefaultPolicy.
func DefaultPreferences() Preferences {
	return Preferences{Acceptable: []string{"SD-BASE", "SD-BASE-DP"}, Apply: Never, OffList: AskMe}
}

// ErrSettings is returned for preferences or a policy that can't be; the text says which word is wrong and which are right.
var ErrSettings = errors.New("setting refused")

// ErrRoster is the ErrSettings for terms that aren't on the roster; the text lists those that are.
var ErrRoster = fmt.Errorf("%w: not on the roster", ErrSettings)

// ErrSecondParty says that an organisation's node was to proffer. Only a person does (IEEE 7012); an organisation answers.
var ErrSecondParty = errors.New("an organisation proffers nothing: it answers what persons proffer")

// Validate returns ErrSettings for what isn't on the roster, twice on the list, or not a word of ours.
func (p Preferences) Validate(r *terms.Roster) error {
	if len(p.Acceptable) == 0 {
		return fmt.Errorf("%w: name at least one of %s", ErrSettings, idList(r))
	}
	for i, id := range p.Acceptable {
		if err := onRoster(r, id); err != nil {
			return err
		}
		if slices.Contains(p.Acceptable[:i], id) {
			return fmt.Errorf("%w: %s is on the list twice", ErrSettings, id)
		}
	}
	if !slices.Contains([]Apply{Always, Conditionally, Never}, p.Apply) {
		return fmt.Errorf("%w: apply %q, want always, conditionally or never", ErrSettings, p.Apply)
	}
	if !slices.Contains([]OffList{AskMe, Decline}, p.OffList) {
		return fmt.Errorf("%w: off-list %q, want ask or decline", ErrSettings, p.OffList)
	}
	return nil
}

func idList(r *terms.Roster) string {
	s := ""
	for i, t := range r.All() {
		if i > 0 {
			s += ", "
		}
		s += t.Ref.ID
	}
	return s
}

func onRoster(r *terms.Roster, id string) error {
	if _, ok := r.Lookup(id); !ok {
		return fmt.Errorf("%w: %q; it has %s", ErrRoster, id, idList(r))
	}
	return nil
}

// Answer decides on an alternative that an organisation named. An alternative that
// isn't on the list is never taken without her.
func (p Preferences) Answer(r *terms.Roster, alternative terms.Ref, prior bool) agreement.Decision {
	t, ok := r.Lookup(alternative.ID)
	if !ok || t.Ref != alternative || !slices.Contains(p.Acceptable, alternative.ID) {
		if p.OffList == Decline {
			return agreement.Decision{Kind: agreement.Decline, Reason: agreement.ReasonTerms}
		}
		return agreement.Decision{Kind: agreement.Ask}
	}
	if p.Apply == Always || p.Apply == Conditionally && prior {
		return agreement.Decision{Kind: agreement.Accept}
	}
	return agreement.Decision{Kind: agreement.Ask}
}
