package terms

import (
	"errors"
	"slices"
)

// What a roster's record is: open, one signature by RoleAuthor.
const (
	// TypeRoster is the type of a roster's statement.
	TypeRoster = "terms.roster"
	// PayloadVersion is the version of its payload.
	PayloadVersion = 1
)

// The bounds of a roster. They keep one under record.MaxStatement, and a listing readable.
const (
	MaxRows    = 128 // rows of a roster
	MaxClauses = 32  // clauses of a row
	MaxAction  = 32  // bytes of an action: a–z and '-'
	MaxName    = 64  // bytes of a row's name
	MaxSummary = 240 // bytes of a row's summary: a line or two
	MaxSource  = 160 // bytes of a source URI
)

// ErrRoster says that a record holds no roster that can be relied on; what wraps it
// names the row and the rule. Keep the roster in use.
var ErrRoster = errors.New("roster refused")

// Rule says how a clause binds the second party. It travels: append-only.
type Rule uint8

// The rules. The zero Rule is none, and is refused.
const (
	Permit   Rule = 1 // it may
	Prohibit Rule = 2 // it must not, whatever else permits it
	Oblige   Rule = 3 // it must, when asked
)

// Action is what a clause is about: one of the constants here, or a word of a newer
// roster, which is prohibited to whoever doesn't know it.
type Action string

// The actions, all of the second party, on what the first party discloses. They travel: append-only.
const (
	Service             Action = "service"               // deliver the service asked for
	Intentcasting       Action = "intentcasting"         // answer the intention that it was told
	OwnAnalytics        Action = "own-analytics"         // count and measure for itself
	OwnTracking         Action = "own-tracking"          // follow the person over time for itself
	OwnProfiling        Action = "own-profiling"         // draw up a profile for itself
	ThirdPartyAnalytics Action = "third-party-analytics" // let others count and measure
	ThirdPartyTracking  Action = "third-party-tracking"  // let others follow the person
	ThirdPartyProfiling Action = "third-party-profiling" // let others draw up a profile
	ShareAnonymised     Action = "share-anonymised"      // pass on what is fully anonymised
	AITraining          Action = "ai-training"           // train AI on the data named
	AIRunning           Action = "ai-running"            // run AI on the data named
	PublicGood          Action = "public-good"           // use for the public good
	DataPortability     Action = "data-portability"      // give the person her data in a form that a machine reads
)

// barred are the actions that every row of every roster prohibits in so many words.
var barred = [...]Action{ThirdPartyAnalytics, ThirdPartyTracking, ThirdPartyProfiling}

// Clause is one machine-readable rule of a row.
type Clause struct {
	Rule   Rule
	Action Action
}

// Terms is one row of a roster. The zero Terms permits nothing.
type Terms struct {
	// Ref names the row. Its Text is zero until a hash of the legal text is known.
	Ref Ref
	// Name and Summary are for people; never the legal text.
	Name, Summary string
	// Source is the URI of what the row stands for.
	Source string
	// Clauses are the rules, none doubled.
	Clauses []Clause
}

// Permits reports whether the second party may do a: a clause permits or obliges it, and none prohibits it.
func (t Terms) Permits(a Action) bool {
	return (t.has(Permit, a) || t.has(Oblige, a)) && !t.has(Prohibit, a)
}

// Prohibits reports whether a clause prohibits a in so many words; what Permits
// doesn't allow is prohibited in any case.
func (t Terms) Prohibits(a Action) bool { return t.has(Prohibit, a) }

// Obliges reports whether the second party must do a when asked.
func (t Terms) Obliges(a Action) bool { return t.has(Oblige, a) && !t.has(Prohibit, a) }

func (t Terms) has(r Rule, a Action) bool { return slices.Contains(t.Clauses, Clause{r, a}) }
