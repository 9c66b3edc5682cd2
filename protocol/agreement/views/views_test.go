package views

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden are the records with a file of each view.
func golden(t testing.TB) map[string]record.Verified {
	t.Helper()
	proffer, alternative, plain, unknown := bread(), bread(), bread(), bread()
	proffer.by = []string{"alice"}
	first := proffer.sign(t).ID()
	alternative.body.Answers, alternative.body.Terms.Id, alternative.by = first[:], "SD-BASE", []string{"bakery"}
	plain.body.Terms.Id, plain.body.About, plain.body.Law, plain.body.Data = "PDC-AI", nil, "", nil
	plain.body.ValidFrom, plain.body.ValidUntil, plain.body.Purpose = 0, 0, ""
	unknown.body.Terms.Roster = "another-2030-1"
	return map[string]record.Verified{
		"agreed": bread().sign(t), "proffered": proffer.sign(t), "alternative": alternative.sign(t), "little-said": plain.sign(t), "another-roster": unknown.sign(t),
	}
}

func TestViewsAreAsTheGoldenFiles(t *testing.T) {
	for name, v := range golden(t) {
		for _, f := range Formats() {
			file := filepath.Join("testdata", name+f.Ext())
			got := view(t, f, v, epoch.Add(48*time.Hour))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: it differs from what is made now; if that is meant: go test ./protocol/agreement/views -update\n%s", file, got)
			}
		}
	}
}

func TestSameRecordGivesTheSameBytes(t *testing.T) {
	v := bread().sign(t)
	for _, f := range Formats() {
		here := view(t, f, v, epoch)
		if there := view(t, f, v, epoch.In(time.FixedZone("elsewhere", 3*3600)).Add(time.Millisecond)); there != here {
			t.Errorf("%s: in another place:\n%s\nhere:\n%s", f, there, here)
		}
	}
}

func TestEveryViewNamesTheEvidenceAndSaysThatItIsNone(t *testing.T) {
	for name, v := range golden(t) {
		whole := v.Record().Sum()
		for _, f := range Formats() {
			got := view(t, f, v, epoch)
			for _, want := range []string{v.ID().String(), hex.EncodeToString(whole[:]), notice} {
				if !strings.Contains(got, want) {
					t.Errorf("%s, %s: %q isn't in it", name, f, want)
				}
			}
			if strings.Contains(strings.ToLower(got), "consent") {
				t.Errorf("%s, %s: it speaks of consent, and nobody consented", name, f)
			}
		}
	}
}

// leaves returns every text and flag of a view by the way to it.
func leaves(t testing.TB, view string) map[string]string {
	t.Helper()
	var tree any
	if err := json.Unmarshal([]byte(view), &tree); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var walk func(way string, v any)
	walk = func(way string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(way+"/"+k, x)
			}
		case []any:
			for i, x := range v {
				walk(fmt.Sprintf("%s/%d", way, i), x)
			}
		default:
			out[way] = fmt.Sprint(v)
		}
	}
	walk("", tree)
	return out
}

// fields are the texts that a record and the roster's row behind it can put into a view.
func fields(t testing.TB, v record.Verified) []string {
	t.Helper()
	f, err := agreement.Describe(v)
	if err != nil {
		t.Fatal(err)
	}
	b := f.Body
	out := append([]string{
		f.ID.String(), hex.EncodeToString(f.Sum[:]), f.Kind.String(), f.First.String(), f.Second.String(), b.SecondName, b.Purpose, b.Law,
		b.Terms.ID, b.Terms.Roster, b.Terms.Version, stamp(b.AnswerBy), stamp(b.ValidFrom), stamp(b.ValidUntil),
	}, b.Data...)
	for _, id := range []record.ID{b.About, b.Answers, terms.Default().ID()} {
		out = append(out, id.String())
	}
	if row, ok := terms.Default().Resolve(b.Terms); ok {
		out = append(out, row.Source)
		for _, c := range row.Clauses {
			out = append(out, string(c.Action))
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// Two records that differ in every field: what is the same in both views is a word of the
// view, and all else has to be a field of its own record.
func TestEveryClaimIsAFieldOfTheRecord(t *testing.T) {
	one, other := bread(), bread()
	other.first, other.second, other.by = "alice at the mill", "mill", []string{"alice at the mill", "mill"}
	b := other.body
	about := record.SumID([]byte("a sack of flour"))
	b.Terms.Id, b.SecondName, b.Purpose, b.Law, b.About = "PDC-AI", "A Mill", "flour", "CH", about[:]
	b.Data = []string{"telephone", "age"}
	b.AnswerBy, b.ValidFrom, b.ValidUntil = b.AnswerBy+1000, b.ValidFrom+2000, b.ValidUntil+3000
	x, y := one.sign(t), other.sign(t)
	for _, f := range Formats() {
		first, second := leaves(t, view(t, f, x, epoch)), leaves(t, view(t, f, y, epoch))
		varies := 0
		for way, said := range first {
			if second[way] == said {
				continue
			}
			varies++
			if !slices.ContainsFunc(fields(t, x), func(s string) bool { return strings.Contains(said, s) }) {
				t.Errorf("%s: %s says %q, which no field of the record says", f, way, said)
			}
		}
		for _, want := range fields(t, x) {
			if f == ISO27560 && want == "third-party-analytics" || want == "accept" || want == x.ID().String() {
				continue
			}
			if !strings.Contains(view(t, f, x, epoch), want) && !leftOut(f, want) {
				t.Errorf("%s: it doesn't say %q", f, want)
			}
		}
		if varies < 15 {
			t.Errorf("%s: only %d claims come from the record", f, varies)
		}
	}
}

// leftOut tells what a view has no place for: 27560 knows nothing of what an agreement is about.
func leftOut(f Format, want string) bool {
	about := record.SumID([]byte("a loaf"))
	return want == (record.ID{}).String() || f == ISO27560 && want == about.String() || want == "The Bakery <&> Sons"
}

func TestProhibitionsStandBeforePermissionsAndPrevail(t *testing.T) {
	for _, row := range terms.Default().All() {
		d := bread()
		d.body.Terms = terms.ToWire(row.Ref)
		v := d.sign(t)
		got := view(t, JSONLD, v, epoch)
		conflict, no, yes := strings.Index(got, `"odrl:conflict"`), strings.Index(got, `"odrl:prohibition"`), strings.Index(got, `"odrl:permission"`)
		if conflict < 0 || no < conflict || yes < no {
			t.Errorf("%s: conflict at %d, prohibitions at %d, permissions at %d", row.Ref.ID, conflict, no, yes)
		}
		var p struct {
			Conflict   map[string]string `json:"odrl:conflict"`
			Prohibited []rule            `json:"odrl:prohibition"`
			Permitted  []rule            `json:"odrl:permission"`
			Obliged    []rule            `json:"odrl:obligation"`
		}
		if err := json.Unmarshal([]byte(got), &p); err != nil {
			t.Fatal(err)
		}
		if p.Conflict["@id"] != "odrl:prohibit" {
			t.Errorf("%s: conflicts go to %q", row.Ref.ID, p.Conflict["@id"])
		}
		count := map[bool]int{}
		for _, c := range row.Clauses {
			for kind, in := range map[terms.Rule][]rule{terms.Prohibit: p.Prohibited, terms.Permit: p.Permitted, terms.Oblige: p.Obliged} {
				has := slices.ContainsFunc(in, func(r rule) bool { return r.Action.ID == "byway:action:"+string(c.Action) })
				if has != (kind == c.Rule) {
					t.Errorf("%s: %s is said of %s: %v", row.Ref.ID, c.Action, fmt.Sprint(kind), has)
				}
				count[has]++
			}
		}
		if count[true] != len(row.Clauses) {
			t.Errorf("%s: %d clauses shown, want %d", row.Ref.ID, count[true], len(row.Clauses))
		}
	}
}

func TestPermissionThatIsProhibitedTooIsNotShown(t *testing.T) {
	m := material{clauses: []terms.Clause{{Rule: terms.Permit, Action: terms.OwnTracking}, {Rule: terms.Prohibit, Action: terms.OwnTracking}, {Rule: terms.Oblige, Action: terms.OwnTracking}}}
	m.First, m.Second = recordtest.Key("alice"), recordtest.Key("bakery")
	if got := m.actions(terms.Permit); len(got) != 0 {
		t.Errorf("permitted: %v", got)
	}
	if got := m.actions(terms.Oblige); len(got) != 0 {
		t.Errorf("obliged: %v", got)
	}
	if got := m.actions(terms.Prohibit); len(got) != 1 {
		t.Errorf("prohibited: %v", got)
	}
}

func TestStateIsAsOfTheTimeAskedFor(t *testing.T) {
	proffer := bread()
	proffer.by = []string{"alice"}
	agreed := bread()
	for name, c := range map[string]struct {
		v     record.Verified
		at    time.Duration
		state string
		words string
	}{
		"proffered":           {proffer.sign(t), 0, "AgreementNegotiationPendingResponse", "not agreed in this record"},
		"at the last moment":  {proffer.sign(t), time.Hour, "AgreementNegotiationPendingResponse", "not agreed"},
		"too late":            {proffer.sign(t), time.Hour + time.Second, "AgreementNegotiationExpired", "its time to answer is over"},
		"agreed, not yet":     {agreed.sign(t), 0, "AgreementAccepted", "not valid yet"},
		"agreed":              {agreed.sign(t), 24 * time.Hour, "AgreementAccepted", "an end would be another record"},
		"agreed, and is over": {agreed.sign(t), 365 * 24 * time.Hour, "AgreementAccepted", "its time is over"},
	} {
		got := view(t, JSONLD, c.v, epoch.Add(c.at))
		if !strings.Contains(got, "ieee-7012:"+c.state) || !strings.Contains(got, c.words) {
			t.Errorf("%s: neither %s nor %q in\n%s", name, c.state, c.words, got)
		}
		if iso := view(t, ISO27560, c.v, epoch.Add(c.at)); !strings.Contains(iso, c.words) {
			t.Errorf("%s: %q isn't in\n%s", name, c.words, iso)
		}
	}
}

func TestWhatCantBeShownIsRefused(t *testing.T) {
	agreed := bread().sign(t)
	loaf := signed(t, record.Draft{Type: "test.loaf", Version: 1, Signers: []record.Signatory{{Role: record.RoleAuthor, Key: recordtest.Key("bakery")}}}, "bakery")
	for name, c := range map[string]struct {
		f    Format
		v    record.Verified
		want error
	}{
		"no such view":          {"xml", agreed, ErrFormat},
		"no view named":         {"", agreed, ErrFormat},
		"an end":                {JSONLD, end(t, agreed.ID()), ErrNothing},
		"an end, by fields":     {ISO27560, end(t, agreed.ID()), ErrNothing},
		"of another protocol":   {JSONLD, loaf, agreement.ErrType},
		"nothing that verified": {JSONLD, record.Verified{}, agreement.ErrType},
	} {
		if b, err := Make(c.f, c.v, Options{Roster: terms.Default(), At: epoch}); !errors.Is(err, c.want) || b != nil {
			t.Errorf("%s: got %q (%v), want %v", name, b, err, c.want)
		}
	}
}

func TestTermsThatTheRosterHasntAreNotMadeUp(t *testing.T) {
	for _, roster := range []*terms.Roster{nil, {}} {
		for _, f := range Formats() {
			b, err := Make(f, bread().sign(t), Options{Roster: roster, At: epoch})
			if err != nil {
				t.Fatal(err)
			}
			for _, made := range []string{"odrl:permission", "odrl:prohibition", "data-portability", "own-analytics"} {
				if strings.Contains(string(b), made) {
					t.Errorf("%s: it says %q of terms that nobody looked up", f, made)
				}
			}
		}
	}
}

func TestNothingIsFetchedToReadTheContext(t *testing.T) {
	var p struct {
		Context map[string]string `json:"@context"`
	}
	if err := json.Unmarshal([]byte(view(t, JSONLD, bread().sign(t), epoch)), &p); err != nil {
		t.Fatal(err) // a context by its address would be a text
	}
	for way, said := range leaves(t, view(t, JSONLD, bread().sign(t), epoch)) {
		for _, word := range append(strings.Split(way, "/"), said) {
			if prefix, _, ok := strings.Cut(word, ":"); ok && strings.Contains("odrl dpv ieee-7012 dct xsd byway", prefix) && p.Context[prefix] == "" {
				t.Errorf("%s: the context hasn't %q", way, prefix)
			}
		}
	}
}
