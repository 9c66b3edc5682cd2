package terms

import (
	"fmt"
	"strings"
)

// Plain says in plain words what the second party may, must and may not do under t.
// It is several lines, each ended, for a person to read; "you" is the first party.
func Plain(t Terms) string {
	var may, must, mustNot []string
	for _, c := range t.Clauses {
		switch {
		case t.Obliges(c.Action) && c.Rule == Oblige:
			must = append(must, c.Action.words())
		case t.Permits(c.Action) && c.Rule == Permit && !t.Obliges(c.Action):
			may = append(may, c.Action.words())
		case c.Rule == Prohibit:
			mustNot = append(mustNot, c.Action.words())
		}
	}
	mustNot = append(mustNot, "do anything else with what you tell it")
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (%s)\n%s\n", t.Ref.ID, t.Name, t.Ref, t.Summary)
	for _, part := range []struct {
		title string
		lines []string
	}{{"It may", may}, {"It must, when you ask", must}, {"It must not", mustNot}} {
		if len(part.lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", part.title)
		for _, l := range part.lines {
			fmt.Fprintf(&b, "  - %s\n", l)
		}
	}
	fmt.Fprintf(&b, "Source: %s\n", t.Source)
	if t.Ref.Text == [32]byte{} {
		b.WriteString("The legal text: not named by this roster\n")
	} else {
		fmt.Fprintf(&b, "The legal text: the one whose sha256 is %x\n", t.Ref.Text)
	}
	return b.String()
}

var actionWords = map[Action]string{
	Service:             "use what you tell it to deliver the service that you ask for",
	Intentcasting:       "use what you tell it to answer your intention",
	OwnAnalytics:        "count and measure, for itself",
	OwnTracking:         "follow what you do over time, for itself",
	OwnProfiling:        "draw up a profile of you, for itself",
	ThirdPartyAnalytics: "let others count and measure you",
	ThirdPartyTracking:  "let others follow you",
	ThirdPartyProfiling: "let others draw up a profile of you",
	ShareAnonymised:     "pass on what is so anonymised that it can't lead back to you",
	AITraining:          "train AI on the data named in the agreement",
	AIRunning:           "run AI on the data named in the agreement",
	PublicGood:          "use the data named in the agreement for the public good",
	DataPortability:     "give you your data in a form that a machine can read",
}

// words says the action as it follows "it may"; an unknown one by its own word.
func (a Action) words() string {
	if w, ok := actionWords[a]; ok {
		return w
	}
	return fmt.Sprintf("%q (a word that this program doesn't know)", string(a))
}
