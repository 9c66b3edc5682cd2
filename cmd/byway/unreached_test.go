package main

import (
	"strings"
	"testing"
	"time"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func TestWhatIsntDeliveredYetIsSaid(t *testing.T) {
	a := &app{now: func() time.Time { return noon }}
	for _, late := range []bool{true, false} {
		var agreed, offered page
		a.agreementPage(&agreed, &localv1.Agreement{Id: idHead + "gh2akiscaaaa", View: "in force", Unreached: late})
		a.offerPage(&offered, &localv1.Offer{Id: idHead + "gh2akiscaaaa", Unreached: late}, "to")
		for _, text := range []string{agreed.String(), offered.String()} {
			if strings.Contains(text, "not delivered yet") != late {
				t.Errorf("unreached %v, and the page says\n%s", late, text)
			}
		}
	}
}

func TestOnlyAnOpenOfferIsToBeTaken(t *testing.T) {
	a := &app{now: func() time.Time { return noon }}
	for _, state := range []string{"open", "taken", "lapsed", "refused"} {
		var p page
		a.offersPage(&p, []*localv1.Offer{{Id: idHead + "gh2akiscaaaa", State: state}}, false, 0)
		if strings.Contains(p.String(), "to take one") != (state == "open") {
			t.Errorf("%s:\n%s", state, p.String())
		}
	}
}

func TestALocalNoteIsNeitherOursNorCame(t *testing.T) {
	var p page
	(&app{now: func() time.Time { return noon }}).historyPage(&p, []*localv1.HistoryLine{{Kind: "note", Text: "no evidence"}})
	if !strings.Contains(p.String(), "local") || strings.Contains(p.String(), "came") {
		t.Errorf("got\n%s", p.String())
	}
}
