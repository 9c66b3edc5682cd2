package views

import (
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/terms"
)

// processing is a record with the sections of ISO/IEC TS 27560:2023: header, processing of
// personal data, parties, events. What it asks for and the signed record doesn't say is null; what
// no record of this protocol says is listed, with the reason.
type processing struct {
	Header     header    `json:"record_header"`
	Processing pii       `json:"pii_processing"`
	Parties    []isoOne  `json:"party_identification"`
	Events     []event   `json:"events"`
	Missing    []missing `json:"not_in_the_record"`
}

type header struct {
	Schema    string   `json:"schema_version"`
	Record    string   `json:"record_id"`
	Principal string   `json:"pii_principal_id"`
	Evidence  evidence `json:"evidence"`
}

type evidence struct {
	Record string `json:"record"`
	Sum    string `json:"sha256"`
	Kind   string `json:"kind"`
	Notice string `json:"notice"`
}

type pii struct {
	Notice       privacyNotice `json:"privacy_notice"`
	Language     *string       `json:"language"`
	Purposes     []purpose     `json:"purposes"`
	PII          []piiType     `json:"pii_information"`
	Controllers  []string      `json:"pii_controllers"`
	Collection   *string       `json:"collection_method"`
	Storage      []string      `json:"storage_locations"`
	Retention    *string       `json:"retention_period"`
	Jurisdiction *string       `json:"jurisdiction"`
	Recipients   []string      `json:"recipient_third_parties"`
	ThirdParties string        `json:"third_party_use"`
	Withdrawal   string        `json:"withdrawal_method"`
	Rights       []string      `json:"privacy_rights"`
}

// privacyNotice is what the person proffered in a notice's place: her terms.
type privacyNotice struct {
	Terms   string  `json:"terms"`
	Roster  string  `json:"roster"`
	Version string  `json:"version"`
	Text    *string `json:"text_sha256"`
	Source  *string `json:"source"`
	Record  *string `json:"roster_record"`
}

type purpose struct {
	Purpose    *string  `json:"purpose"`
	Basis      string   `json:"lawful_basis"`
	Permitted  []string `json:"permitted"`
	Prohibited []string `json:"prohibited"`
	Otherwise  string   `json:"not_named"`
}

type piiType struct {
	Type string `json:"pii_type"`
}

type isoOne struct {
	ID      string  `json:"party_id"`
	Role    string  `json:"party_role"`
	Type    string  `json:"party_type"`
	Name    *string `json:"party_name"`
	Address *string `json:"party_address"`
	Contact *string `json:"party_contact"`
	Signed  bool    `json:"signed"`
}

type event struct {
	Time     *string  `json:"event_time"`
	Validity validity `json:"validity"`
	Entity   string   `json:"entity_id"`
	Type     string   `json:"event_type"`
	State    string   `json:"state"`
	StateAt  string   `json:"state_as_of"`
}

type validity struct {
	From     *string `json:"from"`
	Until    *string `json:"until"`
	AnswerBy *string `json:"answer_by"`
}

type missing struct {
	Field string `json:"field"`
	Why   string `json:"why"`
}

// schema names this shape: the fields of the standard, for a contract.
const schema = "ISO/IEC TS 27560:2023; byway contract profile 1"

// absent are the fields of the standard that no record of this protocol has.
var absent = []missing{
	{"pii_processing.language", "the record holds no text in a language but the purpose"},
	{"pii_processing.collection_method", "what is disclosed later is no part of the agreement"},
	{"pii_processing.storage_locations", "the record doesn't say where the organisation keeps what it gets"},
	{"pii_processing.retention_period", "the record bounds the agreement, not how long data are kept"},
	{"party_identification.party_address", "a party is known by its key; a name is a claim of its own"},
	{"party_identification.party_contact", "a party is reached by its card, which is another record"},
	{"events.event_time", "a signature can be backdated, so the record has no time of signing"},
}

// text returns s to be written, nil where it is empty.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (m material) iso27560() processing {
	b, p := m.Body, m.phase()
	first, second := m.First.String(), m.Second.String()
	out := processing{
		Header: header{schema, m.ID.String(), first, evidence{m.ID.String(), sum(m.Sum), m.Kind.String(), notice}},
		Processing: pii{
			Notice: privacyNotice{Terms: b.Terms.ID, Roster: b.Terms.Roster, Version: b.Terms.Version, Text: text(sum(b.Terms.Text)), Source: text(m.source)},
			Purposes: []purpose{{
				Purpose: text(b.Purpose), Basis: "contract", Permitted: m.actions(terms.Permit), Prohibited: m.actions(terms.Prohibit), Otherwise: "prohibited",
			}},
			PII: []piiType{}, Controllers: []string{second}, Jurisdiction: text(b.Law), Recipients: []string{},
			ThirdParties: "no recipient is named, and what is not named is prohibited",
			Withdrawal:   "either party signs that the agreement is ended; disclosures under it stop then",
			Rights:       m.actions(terms.Oblige),
		},
		Parties: []isoOne{
			{ID: first, Role: "pii principal, first party", Type: "person", Signed: m.SignedFirst},
			{ID: second, Role: "pii controller, second party", Type: "organisation", Name: text(b.SecondName), Signed: m.SignedSecond},
		},
		Events: []event{{
			Validity: validity{text(stamp(b.ValidFrom)), text(stamp(b.ValidUntil)), text(stamp(b.AnswerBy))},
			Entity:   m.said(), Type: m.eventType(), State: p.words, StateAt: stamp(m.at),
		}},
		Missing: absent,
	}
	if m.known {
		out.Processing.Notice.Record = text(m.roster.String())
	}
	for _, d := range b.Data {
		out.Processing.PII = append(out.Processing.PII, piiType{d})
	}
	return out
}

// said returns the key of who spoke last in the record.
func (m material) said() string {
	if m.SignedSecond {
		return m.Second.String()
	}
	return m.First.String()
}

func (m material) eventType() string {
	switch {
	case m.Complete:
		return "contract agreed"
	case m.Kind == agreement.KindAlternative:
		return "contract answered with other terms"
	}
	return "contract proffered"
}

// actions returns what clauses of one kind are about; none is an empty list.
func (m material) actions(kind terms.Rule) []string {
	out := []string{}
	for _, r := range m.rules(kind, "") {
		out = append(out, r.Action.ID[len("byway:action:"):])
	}
	return out
}
