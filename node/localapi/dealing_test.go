package localapi

import (
	"context"
	"math"
	"reflect"
	"testing"
	"time"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/agreement"
)

func TestBadInputToDealingIsRefusedWithAWayOut(t *testing.T) {
	alice, bakery := newSides(t)
	thread := alice.proffered(t).ID().String()
	decide := func(word, terms, text string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := bakery.Decide(ctx, &localv1.DecideRequest{Id: thread, Answer: word, Terms: terms, Text: text})
			return err
		}
	}
	proffer := func(s *side, req *localv1.ProfferRequest) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.Proffer(ctx, req); return err }
	}
	list := func(state, who string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := alice.ListAgreements(ctx, &localv1.ListAgreementsRequest{State: state, Who: who})
			return err
		}
	}
	get := func(id string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := alice.GetAgreement(ctx, &localv1.GetAgreementRequest{Id: id})
			return err
		}
	}
	for name, c := range map[string]struct {
		call      func(context.Context) error
		kind      Kind
		text, try string
	}{
		"an unknown answer":            {decide("maybe", "", ""), BadInput, `"maybe", want accept, decline or alternative`, ""},
		"an alternative off the list":  {decide("alternative", "SD-NONE", ""), BadInput, `"SD-NONE" isn't on the roster`, "byway terms"},
		"an alternative of nothing":    {decide("alternative", "", ""), BadInput, "isn't on the roster", "byway terms"},
		"terms with accept":            {decide("accept", "SD-BASE", ""), BadInput, "terms go with alternative", ""},
		"a text with accept":           {decide("accept", "", "hello"), BadInput, "text goes with decline", "--text"},
		"a text that can't be signed":  {decide("decline", "", "a\x00b"), BadInput, "control character", ""},
		"nobody of that name":          {proffer(alice, &localv1.ProfferRequest{Who: "nobody"}), NotFound, "nobody known", "byway contacts"},
		"two of that name":             {proffer(alice, &localv1.ProfferRequest{Who: "Twins"}), Ambiguous, "could be one of 2", "byway name"},
		"terms that nobody knows":      {proffer(alice, &localv1.ProfferRequest{Who: "The Bakery", Terms: "SD-NONE"}), BadInput, "setting refused", "byway terms"},
		"a time before now":            {proffer(alice, &localv1.ProfferRequest{Who: "The Bakery", Terms: "SD-BASE", AnswerBySeconds: -1}), BadInput, "time to answer: -1", ""},
		"a time without end":           {proffer(alice, &localv1.ProfferRequest{Who: "The Bakery", Terms: "SD-BASE", AnswerBySeconds: math.MaxInt64}), BadInput, "time to answer", ""},
		"a wait below nothing":         {proffer(alice, &localv1.ProfferRequest{Who: "The Bakery", Terms: "SD-BASE", WaitMs: -5}), BadInput, "wait: -5", ""},
		"a purpose that can't be":      {proffer(alice, &localv1.ProfferRequest{Who: "The Bakery", Terms: "SD-BASE", Purpose: "a\x00b"}), BadInput, "control character", ""},
		"an organisation's proffer":    {proffer(bakery, &localv1.ProfferRequest{Who: "The Bakery"}), BadInput, "proffers nothing", "byway inbox --waiting"},
		"an unknown state":             {list("done", ""), BadInput, `"done", want open, answered, complete or ended`, ""},
		"a listing of nobody":          {list("", "nobody"), NotFound, "nobody known", "byway contacts"},
		"an id of three letters":       {get("abc"), BadInput, "too short", "byway agreements list"},
		"an id's common head":          {get("bafkrei"), BadInput, "too short", "byway agreements list"},
		"an id that names nothing":     {get("zzzzzzzz"), NotFound, "nothing here has the id", "byway agreements list"},
		"a full id that names nothing": {get(idHead + "77777777777777777777777777777777777777777777777776e4"), NotFound, "nothing here", "byway agreements list"},
		"no id":                        {get(""), BadInput, "too short", "byway agreements list"},
	} {
		t.Run(name, func(t *testing.T) {
			before := [2]uint64{entries(t, alice), entries(t, bakery)}
			wantFailure(t, c.call(t.Context()), c.kind, c.text, c.try)
			if after := [2]uint64{entries(t, alice), entries(t, bakery)}; after != before {
				t.Errorf("the stores had %v entries, have %v", before, after)
			}
		})
	}
}

func entries(t *testing.T, s *side) uint64 {
	t.Helper()
	size, err := s.threads.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return size.Entries
}

func TestSettingsThatCantBeChangeNothing(t *testing.T) {
	alice, bakery := newSides(t)
	preferences := func(s *side, p *localv1.Preferences) error {
		_, err := s.SetPreferences(t.Context(), &localv1.SetPreferencesRequest{Preferences: p})
		return err
	}
	policy := func(s *side, p *localv1.Policy) error {
		_, err := s.SetPolicy(t.Context(), &localv1.SetPolicyRequest{Policy: p})
		return err
	}
	before := [2]settings{*alice.settings, *bakery.settings}
	wantFailure(t, preferences(alice, &localv1.Preferences{Acceptable: []string{"SD-NONE"}}), BadInput, "SD-NONE", "byway terms")
	wantFailure(t, preferences(alice, &localv1.Preferences{Apply: "often"}), BadInput, "often", "byway prefer --help")
	wantFailure(t, policy(bakery, &localv1.Policy{Otherwise: "perhaps"}), BadInput, "perhaps", "byway policy --help")
	wantFailure(t, policy(bakery, &localv1.Policy{Rules: []*localv1.PolicyRule{{Terms: "SD-NONE", Answer: "accept"}}}), BadInput, "SD-NONE", "byway terms")
	wantFailure(t, policy(bakery, &localv1.Policy{Rules: []*localv1.PolicyRule{{Terms: "SD-BASE", Answer: "maybe"}}}), BadInput, "maybe", "byway policy --help")
	wantFailure(t, policy(bakery, &localv1.Policy{Rules: []*localv1.PolicyRule{{Terms: "SD-NONE", Answer: "otherwise"}}}), BadInput, "SD-NONE", "byway terms")
	wantFailure(t, policy(alice, &localv1.Policy{Otherwise: "decline"}), BadInput, "a person's node", "byway prefer")
	wantFailure(t, preferences(bakery, &localv1.Preferences{Apply: "never"}), BadInput, "an organisation's node", "byway policy")
	if after := [2]settings{*alice.settings, *bakery.settings}; !reflect.DeepEqual(before, after) {
		t.Errorf("settings were %+v, are %+v", before, after)
	}
}

func TestSettingsOfTheOtherKindOfPartyArentShown(t *testing.T) {
	alice, bakery := newSides(t)
	_, err := alice.GetPolicy(t.Context(), &localv1.GetPolicyRequest{})
	wantFailure(t, err, BadInput, "a person's node", "byway prefer")
	_, err = bakery.GetPreferences(t.Context(), &localv1.GetPreferencesRequest{})
	wantFailure(t, err, BadInput, "an organisation's node", "byway policy")
}

func TestOtherwiseTakesARuleAwayAndLeavesTheOthers(t *testing.T) {
	_, bakery := newSides(t)
	set := func(rules ...*localv1.PolicyRule) []*localv1.PolicyRule {
		t.Helper()
		r, err := bakery.SetPolicy(t.Context(), &localv1.SetPolicyRequest{Policy: &localv1.Policy{Rules: rules}})
		if err != nil {
			t.Fatal(err)
		}
		return r.GetPolicy().GetRules()
	}
	set(&localv1.PolicyRule{Terms: "SD-BASE", Answer: "accept"}, &localv1.PolicyRule{Terms: "SD-BASE-DP", Answer: "decline"})
	for range 2 { // the second time there is none to take away
		got := set(&localv1.PolicyRule{Terms: "SD-BASE", Answer: "otherwise"})
		if len(got) != 1 || got[0].GetTerms() != "SD-BASE-DP" || got[0].GetAnswer() != "decline" {
			t.Errorf("the policy has %v, want the other rule alone", got)
		}
	}
	read, err := bakery.GetPolicy(t.Context(), &localv1.GetPolicyRequest{})
	if err != nil || len(read.GetPolicy().GetRules()) != 1 {
		t.Errorf("read again: %v (%v)", read, err)
	}
}

func TestPolicyAddsRulesToThoseThatAreThere(t *testing.T) {
	_, bakery := newSides(t)
	for _, id := range []string{"SD-BASE-DP", "SD-BASE"} {
		r, err := bakery.SetPolicy(t.Context(), &localv1.SetPolicyRequest{Policy: &localv1.Policy{Rules: []*localv1.PolicyRule{{Terms: id, Answer: "accept"}}}})
		if err != nil {
			t.Fatal(err)
		}
		if id == "SD-BASE" && len(r.GetPolicy().GetRules()) != 2 {
			t.Errorf("the policy has %v, want both rules", r.GetPolicy().GetRules())
		}
	}
}

func TestProfferWaitsForTheAnswerOfAHuman(t *testing.T) {
	alice, bakery := newSides(t)
	type result struct {
		r   *localv1.ProfferResponse
		err error
	}
	done := make(chan result, 1)
	go func() {
		r, err := alice.Proffer(context.Background(), &localv1.ProfferRequest{Who: "The Bakery", Terms: "SD-BASE", WaitMs: time.Hour.Milliseconds()})
		done <- result{r, err}
	}()
	if _, err := bakery.threads.Wait(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	l, err := bakery.ListAgreements(t.Context(), &localv1.ListAgreementsRequest{})
	if err != nil || len(l.GetAgreements()) != 1 || !l.GetAgreements()[0].GetWaiting() {
		t.Fatalf("listed %v (%v), want one that waits", l, err)
	}
	id := l.GetAgreements()[0].GetId()
	if _, err := bakery.Decide(t.Context(), &localv1.DecideRequest{Id: id[len(idHead) : len(idHead)+8], Answer: "accept"}); err != nil {
		t.Fatal(err)
	}
	got := <-done
	if a := got.r.GetAgreement(); got.err != nil || a.GetState() != "complete" || a.GetId() != id || a.GetSha256() == "" || !a.GetInForce() {
		t.Errorf("got %v (%v), want the agreement complete", a, got.err)
	}
}

func TestProfferWithoutAnAnswerIsReturnedAsItStands(t *testing.T) {
	alice, bakery := newSides(t)
	alice.line.cut = true
	r, err := alice.Proffer(t.Context(), &localv1.ProfferRequest{Who: "The Bakery", Terms: "SD-BASE", WaitMs: 1})
	if err != nil || r.GetAgreement().GetState() != "open" || r.GetAgreement().GetReceipt() || !r.GetAgreement().GetUnreached() {
		t.Errorf("got %v (%v), want an open proffer that isn't delivered", r, err)
	}
	if n := entries(t, bakery); n != 0 {
		t.Errorf("the bakery has %d entries", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := alice.Answers.await(ctx, alice.proffered(t), time.Hour); err == nil {
		t.Error("a caller that has gone is waited for")
	}
}

func TestWithdrawnProfferHasNoReceipt(t *testing.T) {
	alice, _ := newSides(t)
	id := alice.proffered(t).ID()
	r, err := alice.End(t.Context(), &localv1.EndRequest{Id: id.String()})
	if err != nil || r.GetAgreement().GetState() != "ended" || r.GetAgreement().GetReceipt() {
		t.Fatalf("got %v (%v), want it ended without a receipt", r, err)
	}
	_, err = alice.End(t.Context(), &localv1.EndRequest{Id: id.String()})
	wantFailure(t, err, Failed, "ended already", "byway agreements show "+id.Short())
	_, err = alice.Export(t.Context(), &localv1.ExportRequest{Id: id.Short()})
	wantFailure(t, err, Failed, "nothing is agreed there", "byway agreements show "+id.Short())
}

func TestWhatCouldntBeDeliveredYetSaysSo(t *testing.T) {
	alice, bakery := newSides(t)
	id := alice.proffered(t).ID().String()
	bakery.line.cut = true
	d, err := bakery.Decide(t.Context(), &localv1.DecideRequest{Id: id, Answer: "accept"})
	if err != nil || d.GetAgreement().GetState() != "complete" || !d.GetAgreement().GetUnreached() {
		t.Errorf("decided: %v (%v), want it complete and not delivered", d, err)
	}
	bakery.line.cut = false
	e, err := bakery.End(t.Context(), &localv1.EndRequest{Id: id})
	if err != nil || e.GetAgreement().GetState() != "ended" || e.GetAgreement().GetUnreached() {
		t.Errorf("ended: %v (%v), want it ended and delivered", e, err)
	}
}

func TestListingGoesOnWhereItEnded(t *testing.T) {
	alice, _ := newSides(t)
	var want, got []string
	for range 5 {
		want = append(want, alice.proffered(t).ID().String())
	}
	alice.threads.calls = 0
	for after := uint64(0); ; {
		r, err := alice.ListAgreements(t.Context(), &localv1.ListAgreementsRequest{After: after, Limit: 2, Who: "The Bakery", State: "open"})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range r.GetAgreements() {
			got = append(got, a.GetId())
		}
		if after = r.GetNext(); after == 0 {
			break
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if alice.threads.calls != 3 {
		t.Errorf("the store was asked for %d pages, want 3", alice.threads.calls)
	}
}

func TestFullIDIsLookedUpWithoutReadingTheOthers(t *testing.T) {
	alice, _ := newSides(t)
	id := alice.proffered(t).ID()
	alice.threads.calls = 0
	for _, s := range []string{id.String(), id.Short(), id.String()[:20]} {
		r, err := alice.GetAgreement(t.Context(), &localv1.GetAgreementRequest{Id: s})
		if err != nil || r.GetAgreement().GetId() != id.String() || len(r.GetHistory()) == 0 || r.GetHistory()[0].GetKind() != agreement.KindProffer.String() {
			t.Errorf("%s: got %v (%v)", s, r, err)
		}
		if s == id.String() && alice.threads.calls != 0 {
			t.Errorf("a full id took %d pages of the listing", alice.threads.calls)
		}
	}
}
