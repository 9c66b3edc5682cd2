package main

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// scenario is one change to a good roster or to the record around it.
type scenario struct {
	name, says string
	expect     string // "loaded" or "refused"
	roster     func(*bywayv1.Roster)
	draft      func(*record.Draft)
}

// good is a roster of two rows that every scenario starts from.
func good() *bywayv1.Roster {
	row := func(id string, permits ...string) *bywayv1.Terms {
		t := &bywayv1.Terms{
			Ref:  &bywayv1.TermsRef{Roster: "example-1", Id: id, Version: "1"},
			Name: "An example", Summary: "It shows the format.", SourceUri: "https://example.org/" + id,
		}
		for _, a := range permits {
			t.Clauses = append(t.Clauses, &bywayv1.Clause{Rule: bywayv1.Rule_RULE_PERMIT, Action: a})
		}
		for _, a := range []string{"third-party-analytics", "third-party-tracking", "third-party-profiling"} {
			t.Clauses = append(t.Clauses, &bywayv1.Clause{Rule: bywayv1.Rule_RULE_PROHIBIT, Action: a})
		}
		return t
	}
	return &bywayv1.Roster{Name: "example-1", Version: "1", Terms: []*bywayv1.Terms{row("EX-ONE", "service"), row("EX-TWO", "public-good")}}
}

func first(change func(*bywayv1.Terms)) func(*bywayv1.Roster) {
	return func(r *bywayv1.Roster) { change(r.Terms[0]) }
}

func clause(r bywayv1.Rule, a string) func(*bywayv1.Roster) {
	return first(func(t *bywayv1.Terms) { t.Clauses = append(t.Clauses, &bywayv1.Clause{Rule: r, Action: a}) })
}

var scenarios = []scenario{
	{name: "two-rows", says: "a roster of two rows", expect: "loaded"},
	{name: "text-hash", says: "a row that names its text by hash", expect: "loaded", roster: first(func(t *bywayv1.Terms) {
		t.Ref.TextSha256 = []byte(strings.Repeat("t", 32))
	})},
	{name: "unknown-action", says: "an action that no list has: it is kept", expect: "loaded", roster: clause(bywayv1.Rule_RULE_PERMIT, "dance")},
	{name: "permitted-and-prohibited", says: "one action permitted and prohibited: prohibited", expect: "loaded", roster: clause(bywayv1.Rule_RULE_PROHIBIT, "service")},
	{name: "no-rows", says: "a roster without rows", expect: "refused", roster: func(r *bywayv1.Roster) { r.Terms = nil }},
	{name: "too-many-rows", says: "129 rows", expect: "refused", roster: func(r *bywayv1.Roster) {
		for len(r.Terms) < 129 {
			row, _ := proto.Clone(r.Terms[0]).(*bywayv1.Terms)
			row.Ref.Id = fmt.Sprintf("EX-%d", len(r.Terms))
			r.Terms = append(r.Terms, row)
		}
	}},
	{name: "too-many-clauses", says: "33 clauses", expect: "refused", roster: first(func(t *bywayv1.Terms) {
		for i := len(t.Clauses); i < 33; i++ {
			t.Clauses = append(t.Clauses, &bywayv1.Clause{Rule: bywayv1.Rule_RULE_PERMIT, Action: strings.Repeat("a", i-1)})
		}
	})},
	{name: "same-id-twice", says: "two rows with one id", expect: "refused", roster: func(r *bywayv1.Roster) { r.Terms[1].Ref.Id = "EX-ONE" }},
	{name: "row-of-another-roster", says: "a row whose ref names another roster", expect: "refused", roster: first(func(t *bywayv1.Terms) { t.Ref.Roster = "other" })},
	{name: "no-ref", says: "a row without a ref", expect: "refused", roster: first(func(t *bywayv1.Terms) { t.Ref = nil })},
	{name: "short-text-hash", says: "a text's hash of 31 bytes", expect: "refused", roster: first(func(t *bywayv1.Terms) { t.Ref.TextSha256 = make([]byte, 31) })},
	{name: "zero-text-hash", says: "a text's hash of zeros", expect: "refused", roster: first(func(t *bywayv1.Terms) { t.Ref.TextSha256 = make([]byte, 32) })},
	{name: "id-in-small-letters", says: "an id in small letters", expect: "refused", roster: first(func(t *bywayv1.Terms) { t.Ref.Id = "ex-one" })},
	{name: "no-version", says: "a roster without a version", expect: "refused", roster: func(r *bywayv1.Roster) { r.Version = "" }},
	{name: "newline-in-summary", says: "a control character in a summary", expect: "refused", roster: first(func(t *bywayv1.Terms) { t.Summary = "It\nmay." })},
	{name: "turned-text", says: "a character that turns the direction of text", expect: "refused", roster: first(func(t *bywayv1.Terms) { t.Name = "an \u202eexample" })},
	{name: "long-name", says: "a name of 65 bytes", expect: "refused", roster: first(func(t *bywayv1.Terms) { t.Name = strings.Repeat("n", 65) })},
	{name: "no-source", says: "a row without a source", expect: "refused", roster: first(func(t *bywayv1.Terms) { t.SourceUri = "" })},
	{name: "lets-third-parties-track", says: "a row that doesn't prohibit third-party tracking", expect: "refused", roster: first(func(t *bywayv1.Terms) {
		t.Clauses = []*bywayv1.Clause{t.Clauses[0], t.Clauses[1], t.Clauses[3]}
	})},
	{name: "obliged-and-prohibited", says: "an action obliged and prohibited", expect: "refused", roster: clause(bywayv1.Rule_RULE_OBLIGE, "third-party-tracking")},
	{name: "clause-doubled", says: "the same clause twice", expect: "refused", roster: clause(bywayv1.Rule_RULE_PERMIT, "service")},
	{name: "rule-unspecified", says: "a clause without a rule", expect: "refused", roster: clause(0, "service")},
	{name: "rule-unknown", says: "a clause with rule 4", expect: "refused", roster: clause(4, "dance")},
	{name: "rule-past-a-byte", says: "a clause with rule 257, which is 1 in a byte", expect: "refused", roster: clause(257, "dance")},
	{name: "action-in-capitals", says: "an action in capitals", expect: "refused", roster: clause(bywayv1.Rule_RULE_PERMIT, "Dance")},
	{name: "action-empty", says: "a clause without an action", expect: "refused", roster: clause(bywayv1.Rule_RULE_PERMIT, "")},
	{name: "not-a-message", says: "a payload that isn't protobuf", expect: "refused", draft: func(d *record.Draft) { d.Payload = []byte("not a message") }},
	{name: "other-type", says: "a statement of another type", expect: "refused", draft: func(d *record.Draft) { d.Type = "profile.card" }},
	{name: "other-version", says: "a payload of version 2", expect: "refused", draft: func(d *record.Draft) { d.Version = 2 }},
	{name: "other-role", says: "signed as first party", expect: "refused", draft: func(d *record.Draft) { d.Signers[0].Role = record.RoleFirst }},
	{name: "addressed", says: "a statement to somebody", expect: "refused", draft: func(d *record.Draft) {
		d.Recipient, d.Link.N = recordtest.Key("bob"), 1
	}},
}

func vectors() ([]recordtest.Vector, error) {
	ctx, keeper := context.Background(), recordtest.Signer("the keeper of the roster")
	var out []recordtest.Vector
	for _, sc := range scenarios {
		roster := good()
		if sc.roster != nil {
			sc.roster(roster)
		}
		payload, err := proto.MarshalOptions{Deterministic: true}.Marshal(roster)
		if err != nil {
			return nil, err
		}
		d := record.Draft{Type: "terms.roster", Version: 1, Payload: payload, Signers: []record.Signatory{{Role: record.RoleAuthor, Key: keeper.Key()}}}
		if sc.draft != nil {
			sc.draft(&d)
		}
		s, err := record.New(d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sc.name, err)
		}
		rec, err := record.SignBy(ctx, s, keeper)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sc.name, err)
		}
		out = append(out, recordtest.Vector{
			Name: sc.name, Body: rec.Bytes(),
			Headers: []recordtest.Header{{Key: "scenario", Value: sc.says}, {Key: "expect", Value: sc.expect}},
		})
	}
	return out, nil
}
