package terms

import (
	"slices"
	"strings"
	"testing"
)

var barredClauses = []Clause{{Prohibit, ThirdPartyAnalytics}, {Prohibit, ThirdPartyTracking}, {Prohibit, ThirdPartyProfiling}}

// sample is a good row, with more clauses where given.
func sample(more ...Clause) Terms {
	return Terms{
		Ref: plainRef, Name: "Service only", Summary: "It serves, and nothing else.", Source: "https://example.org/terms",
		Clauses: append(append([]Clause{{Permit, Service}}, more...), barredClauses...),
	}
}

func TestProhibitionBeatsPermission(t *testing.T) {
	row := sample(Clause{Permit, OwnTracking}, Clause{Prohibit, OwnTracking})
	if err := row.validate(); err != nil {
		t.Fatal(err)
	}
	if row.Permits(OwnTracking) || !row.Prohibits(OwnTracking) {
		t.Error("what is permitted and prohibited is prohibited")
	}
	if plain := Plain(row); strings.Contains(plain, "It may:\n  - follow") || !strings.Contains(plain, "must not:\n  - follow") {
		t.Errorf("plain words say otherwise:\n%s", plain)
	}
}

func TestWhatIsNotNamedIsProhibited(t *testing.T) {
	row := sample()
	for _, a := range []Action{OwnAnalytics, ShareAnonymised, AITraining, PublicGood, DataPortability, "sell", ""} {
		if row.Permits(a) || row.Obliges(a) {
			t.Errorf("%q isn't named, but permitted", a)
		}
	}
	if (Terms{}).Permits(Service) {
		t.Error("the zero Terms permits something")
	}
}

func TestWhatIsObligedIsPermitted(t *testing.T) {
	row := sample(Clause{Oblige, DataPortability})
	if !row.Permits(DataPortability) || !row.Obliges(DataPortability) || row.Obliges(Service) {
		t.Error("an obligation permits what it obliges; a permission obliges nothing")
	}
}

func TestLaunchRosterIsTheOnePublished(t *testing.T) {
	r := Default()
	var ids []string
	for _, row := range r.All() {
		ids = append(ids, row.Ref.ID)
		if got, ok := r.Lookup(row.Ref.ID); !ok || got.Ref != row.Ref {
			t.Errorf("Lookup(%s) = %v, %v", row.Ref.ID, got.Ref, ok)
		}
		if got, ok := r.Resolve(row.Ref); !ok || got.Name != row.Name {
			t.Errorf("Resolve(%s) = %v, %v", row.Ref, got.Ref, ok)
		}
		if row.Source != "https://w3id.org/dpv/standards/ieee/7012#"+row.Ref.ID {
			t.Errorf("%s comes from %s", row.Ref.ID, row.Source)
		}
		for _, a := range barred {
			if row.Permits(a) || !row.Prohibits(a) {
				t.Errorf("%s lets third parties in: %s", row.Ref.ID, a)
			}
		}
	}
	if want := []string{"SD-BASE", "SD-BASE-DP", "PDC-INTENT", "PDC-AI", "PDC-GOOD"}; !slices.Equal(ids, want) {
		t.Errorf("the roster lists %v, want %v", ids, want)
	}
}

func TestLaunchRosterPermitsWhatTheStandardPermits(t *testing.T) {
	all := []Action{
		Service, Intentcasting, OwnAnalytics, OwnTracking, OwnProfiling, ShareAnonymised,
		AITraining, AIRunning, PublicGood, DataPortability, ThirdPartyAnalytics, ThirdPartyTracking, ThirdPartyProfiling,
	}
	for _, c := range []struct {
		id       string
		may      []Action
		portable bool
	}{
		{"SD-BASE", []Action{Service, DataPortability}, false},
		{"SD-BASE-DP", []Action{Service, DataPortability}, true},
		{"PDC-INTENT", []Action{Intentcasting, DataPortability}, true},
		{"PDC-AI", []Action{AITraining, AIRunning, DataPortability}, true},
		{"PDC-GOOD", []Action{PublicGood, DataPortability}, true},
	} {
		row, ok := Default().Lookup(c.id)
		if !ok {
			t.Fatalf("no %s", c.id)
		}
		for _, a := range all {
			if got := row.Permits(a); got != slices.Contains(c.may, a) {
				t.Errorf("%s permits %s: %v", c.id, a, got)
			}
		}
		if row.Obliges(DataPortability) != c.portable {
			t.Errorf("%s requires data portability: %v", c.id, !c.portable)
		}
	}
}

func TestRosterHandsOutCopies(t *testing.T) {
	row, _ := Default().Lookup("SD-BASE")
	row.Clauses[0] = Clause{Permit, OwnTracking}
	Default().All()[0].Clauses[0] = Clause{Permit, OwnTracking}
	if again, _ := Default().Lookup("SD-BASE"); again.Permits(OwnTracking) {
		t.Error("a caller changed the shared roster")
	}
}

func TestRefToAnotherTextDoesNotResolve(t *testing.T) {
	row, _ := Default().Lookup("SD-BASE")
	for name, ref := range map[string]Ref{
		"another roster":  {"other", row.Ref.ID, row.Ref.Version, row.Ref.Text},
		"another version": {row.Ref.Roster, row.Ref.ID, "2", row.Ref.Text},
		"another text":    {row.Ref.Roster, row.Ref.ID, row.Ref.Version, [32]byte{1}},
		"nothing":         {},
	} {
		if got, ok := Default().Resolve(ref); ok {
			t.Errorf("%s resolves to %v", name, got.Ref)
		}
	}
}

func TestPlainWordsOfARow(t *testing.T) {
	row, _ := Default().Lookup("SD-BASE-DP")
	const want = `SD-BASE-DP: Service only, data handed back (byway-2026-1/SD-BASE-DP@1)
As SD-BASE, and the organisation hands the person her data, for a machine to read, whenever she asks.
It may:
  - use what you tell it to deliver the service that you ask for
It must, when you ask:
  - give you your data in a form that a machine can read
It must not:
  - count and measure, for itself
  - follow what you do over time, for itself
  - draw up a profile of you, for itself
  - pass on what is so anonymised that it can't lead back to you
  - let others count and measure you
  - let others follow you
  - let others draw up a profile of you
  - do anything else with what you tell it
Source: https://w3id.org/dpv/standards/ieee/7012#SD-BASE-DP
The legal text: not named by this roster
`
	if got := Plain(row); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPlainWordsNameTheTextAndUnknownActions(t *testing.T) {
	row := sample(Clause{Permit, "dance"})
	row.Ref = hashedRef
	for _, want := range []string{`"dance" (a word that this program doesn't know)`, "sha256 is ab00"} {
		if got := Plain(row); !strings.Contains(got, want) {
			t.Errorf("%q isn't in\n%s", want, got)
		}
	}
}
