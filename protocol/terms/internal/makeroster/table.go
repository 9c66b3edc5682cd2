package main

import "github.com/bywaynet/byway/protocol/terms"

// The roster's name, and the version of it and of each row.
const (
	rosterName    = "byway-2026-1"
	rosterVersion = "1"
	rowVersion    = "1"
	namespace     = "https://w3id.org/dpv/standards/ieee/7012#"
)

type row struct {
	id, name, summary string
	may, must         []terms.Action
}

// launch is the set that ships; names and summaries are our own words.
var launch = []row{
	{
		id: "SD-BASE", name: "Service only",
		summary: "The organisation uses what it is told for the service asked for, and for nothing else; the person respects the service.",
		may:     []terms.Action{terms.Service, terms.DataPortability},
	},
	{
		id: "SD-BASE-DP", name: "Service only, data handed back",
		summary: "As SD-BASE, and the organisation hands the person her data, for a machine to read, whenever she asks.",
		may:     []terms.Action{terms.Service}, must: []terms.Action{terms.DataPortability},
	},
	{
		id: "PDC-INTENT", name: "Answering an intention",
		summary: "The organisation uses what the person says she is looking for to answer that, and for nothing else.",
		may:     []terms.Action{terms.Intentcasting}, must: []terms.Action{terms.DataPortability},
	},
	{
		id: "PDC-AI", name: "AI on the data named",
		summary: "The organisation trains or runs AI on the data that the agreement names, and does nothing else with it.",
		may:     []terms.Action{terms.AITraining, terms.AIRunning}, must: []terms.Action{terms.DataPortability},
	},
	{
		id: "PDC-GOOD", name: "For the public good",
		summary: "The organisation uses the data that the agreement names for the public good, and for nothing else.",
		may:     []terms.Action{terms.PublicGood}, must: []terms.Action{terms.DataPortability},
	},
}

// prohibited stand in so many words where a row doesn't permit them; the rest is
// prohibited for not being named. The last three are barred in every row.
var prohibited = []terms.Action{
	terms.OwnAnalytics, terms.OwnTracking, terms.OwnProfiling, terms.ShareAnonymised,
	terms.ThirdPartyAnalytics, terms.ThirdPartyTracking, terms.ThirdPartyProfiling,
}

func rows(table []row) []terms.Terms {
	var out []terms.Terms
	for _, r := range table {
		t := terms.Terms{
			Ref:  terms.Ref{Roster: rosterName, ID: r.id, Version: rowVersion},
			Name: r.name, Summary: r.summary, Source: namespace + r.id,
		}
		for _, a := range r.may {
			t.Clauses = append(t.Clauses, terms.Clause{Rule: terms.Permit, Action: a})
		}
		for _, a := range r.must {
			t.Clauses = append(t.Clauses, terms.Clause{Rule: terms.Oblige, Action: a})
		}
		for _, a := range prohibited {
			if !t.Permits(a) {
				t.Clauses = append(t.Clauses, terms.Clause{Rule: terms.Prohibit, Action: a})
			}
		}
		out = append(out, t)
	}
	return out
}
