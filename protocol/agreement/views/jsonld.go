package views

import (
	"cmp"
	"slices"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

// The namespaces of what a policy is written in.
const (
	nsODRL = "http://www.w3.org/ns/odrl/2/"
	nsDPV  = "https://w3id.org/dpv#"
	nsIEEE = "https://w3id.org/dpv/standards/ieee/7012#"
	nsDCT  = "http://purl.org/dc/terms/"
	nsXSD  = "http://www.w3.org/2001/XMLSchema#"
	// nsOwn is for what none of the others has a word for: actions of the roster, names of records and keys.
	nsOwn = "urn:byway:"
)

type prefixes struct {
	ODRL string `json:"odrl"`
	DPV  string `json:"dpv"`
	IEEE string `json:"ieee-7012"`
	DCT  string `json:"dct"`
	XSD  string `json:"xsd"`
	Own  string `json:"byway"`
}

// ref is a node by its name alone.
type ref struct {
	ID string `json:"@id"`
}

// literal is a value with its type.
type literal struct {
	Type  string `json:"@type"`
	Value string `json:"@value"`
}

// policy is an odrl:Offer or odrl:Agreement. Its fields are written in this order:
// prohibitions stand before permissions, and the rule for conflicts before both.
type policy struct {
	Context      prefixes   `json:"@context"`
	ID           string     `json:"@id"`
	Type         []string   `json:"@type"`
	UID          ref        `json:"odrl:uid"`
	View         of         `json:"byway:viewOf"`
	Status       ref        `json:"dpv:hasStatus"`
	Stands       string     `json:"byway:stands"`
	StandsAt     literal    `json:"byway:standsAt"`
	Terms        rosterRow  `json:"dct:conformsTo"`
	Assigner     party      `json:"odrl:assigner"`
	Assignee     party      `json:"odrl:assignee"`
	LegalBasis   ref        `json:"dpv:hasLegalBasis"`
	Purpose      *described `json:"dpv:hasPurpose,omitempty"`
	Data         asset      `json:"dpv:hasPersonalData"`
	Law          string     `json:"byway:placeOfLaw,omitempty"`
	About        *ref       `json:"dct:subject,omitempty"`
	Answers      *ref       `json:"dct:replaces,omitempty"`
	AnswerBy     *literal   `json:"byway:answerBy,omitempty"`
	ValidFrom    *literal   `json:"byway:validFrom,omitempty"`
	ValidUntil   *literal   `json:"byway:validUntil,omitempty"`
	Interpreted  ref        `json:"byway:interpretation"`
	Target       ref        `json:"odrl:target"`
	Conflict     ref        `json:"odrl:conflict"`
	Prohibitions []rule     `json:"odrl:prohibition,omitempty"`
	Permissions  []rule     `json:"odrl:permission,omitempty"`
	Obligations  []rule     `json:"odrl:obligation,omitempty"`
}

// of names the evidence.
type of struct {
	ID     string `json:"@id"`
	Type   string `json:"@type"`
	CID    string `json:"dct:identifier"`
	Sum    string `json:"byway:sha256"`
	Kind   string `json:"byway:kind"`
	Notice string `json:"dct:description"`
}

type rosterRow struct {
	ID      string `json:"@id"`
	Type    string `json:"@type,omitempty"`
	Row     string `json:"dct:identifier"`
	Roster  string `json:"byway:roster"`
	Version string `json:"dct:hasVersion"`
	Text    string `json:"byway:textSha256,omitempty"`
	Source  *ref   `json:"dct:source,omitempty"`
	Record  *ref   `json:"byway:rosterRecord,omitempty"`
	Clauses string `json:"byway:clauses"`
}

type party struct {
	ID     string   `json:"@id"`
	Type   []string `json:"@type"`
	Name   string   `json:"byway:calledBySelf,omitempty"`
	Signed bool     `json:"byway:signed"`
}

type described struct {
	Type string `json:"@type"`
	Text string `json:"dct:description"`
}

// asset is what may be disclosed under the agreement: the categories that it names, and nothing else.
type asset struct {
	ID    string   `json:"@id"`
	Type  []string `json:"@type"`
	Named []string `json:"byway:category,omitempty"`
}

// rule leaves its parties and its target to the policy: ODRL reads those that stand there into each rule.
type rule struct {
	Type   string `json:"@type"`
	Action action `json:"odrl:action"`
}

type action struct {
	ID      string `json:"@id"`
	In      ref    `json:"odrl:includedIn"`
	Purpose *ref   `json:"dpv:hasPurpose,omitempty"`
}

// purposes are the actions for which DPV has a purpose that says the same.
var purposes = map[terms.Action]string{
	terms.Service:      "ieee-7012:ServiceDelivery",
	terms.OwnAnalytics: "ieee-7012:ServiceAnalytics",
}

func recordIRI(id record.ID) string { return "byway:record:" + id.String() }
func keyIRI(k record.Key) string    { return "byway:key:" + k.String() }

func (m material) jsonLD() policy {
	b, p := m.Body, m.phase()
	out := policy{
		Context: prefixes{nsODRL, nsDPV, nsIEEE, nsDCT, nsXSD, nsOwn},
		ID:      "byway:view:" + m.ID.String(), Type: []string{"odrl:Offer"}, UID: ref{recordIRI(m.ID)},
		View:   of{recordIRI(m.ID), "byway:Record", m.ID.String(), sum(m.Sum), m.Kind.String(), notice},
		Status: ref{"ieee-7012:" + p.status}, Stands: p.words, StandsAt: *timed(stamp(m.at)),
		Terms:      m.row(),
		Assigner:   party{ID: keyIRI(m.First), Type: []string{"odrl:Party", "ieee-7012:Person", "dpv:DataSubject"}, Signed: m.SignedFirst},
		Assignee:   party{ID: keyIRI(m.Second), Type: []string{"odrl:Party", "ieee-7012:Entity"}, Name: b.SecondName, Signed: m.SignedSecond},
		LegalBasis: ref{"dpv:Contract"}, Law: b.Law,
		Data: asset{"byway:data:" + m.ID.String(), []string{"odrl:AssetCollection", "dpv:PersonalData"}, b.Data}, Target: ref{"byway:data:" + m.ID.String()},
		AnswerBy: timed(stamp(b.AnswerBy)), ValidFrom: timed(stamp(b.ValidFrom)), ValidUntil: timed(stamp(b.ValidUntil)),
		Interpreted: ref{"ieee-7012:ProhibitiveInterpretation"}, Conflict: ref{"odrl:prohibit"},
	}
	if m.Complete {
		out.Type = []string{"odrl:Agreement"}
	}
	if b.Purpose != "" {
		out.Purpose = &described{"dpv:Purpose", b.Purpose}
	}
	if !b.About.IsZero() {
		out.About = &ref{recordIRI(b.About)}
	}
	if !b.Answers.IsZero() {
		out.Answers = &ref{recordIRI(b.Answers)}
	}
	out.Prohibitions = m.rules(terms.Prohibit, "odrl:Prohibition")
	out.Permissions = m.rules(terms.Permit, "odrl:Permission")
	out.Obligations = m.rules(terms.Oblige, "odrl:Duty")
	return out
}

func timed(stamp string) *literal {
	if stamp == "" {
		return nil
	}
	return &literal{"xsd:dateTime", stamp}
}

// row names the terms as the body does; what they say comes from the roster.
func (m material) row() rosterRow {
	t := m.Body.Terms
	out := rosterRow{
		ID: "byway:terms:" + t.Roster + ":" + t.ID + ":" + t.Version, Row: t.ID, Roster: t.Roster, Version: t.Version, Text: sum(t.Text),
		Clauses: "none here: the roster at hand doesn't have these terms, and what is not named is prohibited",
	}
	if m.known {
		out.Clauses = "as that roster has them"
		if m.source == nsIEEE+t.ID {
			out.Type = "ieee-7012:" + t.ID
		}
		out.Source, out.Record = &ref{m.source}, &ref{recordIRI(m.roster)}
	}
	return out
}

// rules returns the clauses of one kind, less permissions that a prohibition takes away: readers
// that don't know odrl:conflict must not be led astray by the order.
func (m material) rules(kind terms.Rule, name string) []rule {
	var out []rule
	for _, c := range m.clauses {
		if c.Rule != kind || kind != terms.Prohibit && slices.Contains(m.clauses, terms.Clause{Rule: terms.Prohibit, Action: c.Action}) {
			continue
		}
		r := rule{Type: name, Action: action{ID: "byway:action:" + string(c.Action), In: ref{"odrl:use"}}}
		if p := purposes[c.Action]; p != "" {
			r.Action.Purpose = &ref{p}
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b rule) int { return cmp.Compare(a.Action.ID, b.Action.ID) })
	return out
}
