package dealing

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ref(t *testing.T, id string) terms.Ref {
	t.Helper()
	row, ok := terms.Default().Lookup(id)
	if !ok {
		t.Fatalf("%s isn't on the roster", id)
	}
	return row.Ref
}

func TestAnAlternativeIsTakenFromTheListAlone(t *testing.T) {
	r := terms.Default()
	list := []string{"SD-BASE", "SD-BASE-DP"}
	forged := ref(t, "SD-BASE-DP")
	forged.Version += "x"
	for _, c := range []struct {
		name  string
		p     Preferences
		alt   terms.Ref
		prior bool
		want  agreement.DecisionKind
	}{
		{"listed, always", Preferences{list, Always, AskMe}, ref(t, "SD-BASE-DP"), false, agreement.Accept},
		{"listed, conditionally, a stranger", Preferences{list, Conditionally, AskMe}, ref(t, "SD-BASE-DP"), false, agreement.Ask},
		{"listed, conditionally, known", Preferences{list, Conditionally, AskMe}, ref(t, "SD-BASE-DP"), true, agreement.Accept},
		{"listed, never", Preferences{list, Never, AskMe}, ref(t, "SD-BASE-DP"), true, agreement.Ask},
		{"not listed, ask", Preferences{list, Always, AskMe}, ref(t, "PDC-AI"), true, agreement.Ask},
		{"not listed, decline", Preferences{list, Always, Decline}, ref(t, "PDC-AI"), true, agreement.Decline},
		{"a listed id with another text", Preferences{list, Always, Decline}, forged, true, agreement.Decline},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.p.Answer(r, c.alt, c.prior).Kind; got != c.want {
				t.Errorf("decision %d, want %d", got, c.want)
			}
		})
	}
}

func TestNothingIsSignedUnaskedBeforeTheOwnerSaysSo(t *testing.T) {
	r := terms.Default()
	for _, row := range r.All() {
		if d := DefaultPreferences().Answer(r, row.Ref, true); d.Kind != agreement.Ask {
			t.Errorf("an alternative of %s: decision %d, want to ask", row.Ref.ID, d.Kind)
		}
		if d := DefaultPolicy().Answer(r, row.Ref); d.Kind != agreement.Ask {
			t.Errorf("a proffer of %s: decision %d, want to ask", row.Ref.ID, d.Kind)
		}
	}
}

func TestAPolicyAnswersByRule(t *testing.T) {
	r := terms.Default()
	p := Policy{Otherwise: ReplyAsk, From: Anyone, Rules: map[string]Rule{
		"SD-BASE": {Reply: ReplyAlternative, Alternative: "SD-BASE-DP"}, "SD-BASE-DP": {Reply: ReplyAccept}, "PDC-AI": {Reply: ReplyDecline},
	}}
	if err := p.Validate(r); err != nil {
		t.Fatal(err)
	}
	forged := ref(t, "SD-BASE-DP")
	forged.Roster = "theirs"
	for _, c := range []struct {
		of   terms.Ref
		want agreement.DecisionKind
	}{
		{ref(t, "SD-BASE"), agreement.Alternative}, {ref(t, "SD-BASE-DP"), agreement.Accept},
		{ref(t, "PDC-AI"), agreement.Decline}, {ref(t, "PDC-GOOD"), agreement.Ask}, {forged, agreement.Decline},
	} {
		d := p.Answer(r, c.of)
		if d.Kind != c.want || c.want == agreement.Alternative && d.Terms != ref(t, "SD-BASE-DP") {
			t.Errorf("%s: %+v", c.of, d)
		}
	}
}

func TestWhoseProffersAreLookedAt(t *testing.T) {
	for _, c := range []struct {
		from                   From
		stranger, known, prior bool
	}{{Anyone, true, true, true}, {KnownParty, false, true, true}, {PriorParty, false, false, true}, {NobodyParty, false, false, false}} {
		p := Policy{From: c.from}
		if p.Admits(false, false) != c.stranger || p.Admits(true, false) != c.known || p.Admits(true, true) != c.prior {
			t.Errorf("%s admits %v %v %v", c.from, p.Admits(false, false), p.Admits(true, false), p.Admits(true, true))
		}
	}
}

// dealing opens one over s, and a book that knows the bakery.
func open(t *testing.T, s *store.Memory, organisation bool) (*Dealing, *contacts.Book) {
	t.Helper()
	clock := func() time.Time { return now }
	book, err := contacts.Open(t.Context(), s, clock)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(t.Context(), Config{
		Tables: s, Book: book, Roster: terms.Default(), Organisation: organisation, Now: clock,
		NewKey: func(context.Context) (record.Key, error) { return recordtest.Signer("alice").Key(), nil },
		Prior:  func(context.Context, record.Key, record.Key) (bool, bool, error) { return false, false, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return d, book
}

func TestSettingsThatCantBeChangeNothing(t *testing.T) {
	s := store.NewMemory()
	d, _ := open(t, s, true)
	for name, p := range map[string]Preferences{
		"none": {nil, Always, AskMe}, "not on the roster": {[]string{"XX"}, Always, AskMe},
		"twice": {[]string{"SD-BASE", "SD-BASE"}, Always, AskMe}, "no such apply": {[]string{"SD-BASE"}, "often", AskMe},
		"no such off-list": {[]string{"SD-BASE"}, Always, "take"},
	} {
		if err := d.SetPreferences(t.Context(), p); !errors.Is(err, ErrSettings) {
			t.Errorf("preferences, %s: %v", name, err)
		}
	}
	for name, p := range map[string]Policy{
		"not on the roster":     {map[string]Rule{"XX": {Reply: ReplyAccept}}, ReplyAsk, Anyone},
		"no such reply":         {map[string]Rule{"SD-BASE": {Reply: "maybe"}}, ReplyAsk, Anyone},
		"alternative to itself": {map[string]Rule{"SD-BASE": {ReplyAlternative, "SD-BASE"}}, ReplyAsk, Anyone},
		"unknown alternative":   {map[string]Rule{"SD-BASE": {ReplyAlternative, "XX"}}, ReplyAsk, Anyone},
		"accept an alternative": {map[string]Rule{"SD-BASE": {ReplyAccept, "SD-BASE-DP"}}, ReplyAsk, Anyone},
		"otherwise alternative": {nil, ReplyAlternative, Anyone},
		"from whom":             {nil, ReplyAsk, "friends"},
	} {
		if err := d.SetPolicy(t.Context(), p); !errors.Is(err, ErrSettings) {
			t.Errorf("policy, %s: %v", name, err)
		}
	}
	again, _ := open(t, s, true)
	if got := again.Preferences(); len(got.Acceptable) != 2 || got.Apply != Never {
		t.Errorf("preferences changed: %+v", got)
	}
	if got := again.Policy(); len(got.Rules) != 0 || got.Otherwise != ReplyAsk {
		t.Errorf("policy changed: %+v", got)
	}
}

func TestSettingsSurviveARestart(t *testing.T) {
	s := store.NewMemory()
	d, _ := open(t, s, false)
	want := Preferences{[]string{"PDC-GOOD"}, Conditionally, Decline}
	if err := d.SetPreferences(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	again, _ := open(t, s, false)
	if got := again.Preferences(); got.Apply != Conditionally || got.OffList != Decline || got.Acceptable[0] != "PDC-GOOD" {
		t.Errorf("%+v", got)
	}
}

// proffered records what a Dealing would have proffered.
type proffered struct {
	to   agreement.To
	body agreement.Body
}

func (p *proffered) Proffer(_ context.Context, to agreement.To, b agreement.Body, _ ...agreement.Along) (agreement.Agreement, error) {
	p.to, p.body = to, b
	return agreement.Agreement{}, nil
}

// card has the bakery's card in the book.
func card(t *testing.T, book *contacts.Book) contacts.Contact {
	t.Helper()
	r, err := profile.New(t.Context(), profile.Card{Name: "Bread", Sequence: 1, Issued: now, Expires: now.Add(time.Hour)}, recordtest.Signer("the bakery"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{At: now, Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	c, err := book.SeeCard(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAProfferIsMadeUnderTheKeyForThatVendor(t *testing.T) {
	d, book := open(t, store.NewMemory(), false)
	bakery, c := recordtest.Signer("the bakery"), card(t, book)
	var s proffered
	if _, err := d.Proffer(t.Context(), &s, c, Ask{Data: []string{"name"}}); err != nil {
		t.Fatal(err)
	}
	if s.to.Me != recordtest.Signer("alice").Key() || s.to.Them != bakery.Key() {
		t.Errorf("between %v", s.to)
	}
	if s.body.Terms != ref(t, "SD-BASE") || s.body.SecondName != "Bread" || s.body.Purpose != "service" || !s.body.AnswerBy.Equal(now.Add(DefaultAnswerBy)) {
		t.Errorf("body %+v", s.body)
	}
	if _, err := d.Proffer(t.Context(), &s, c, Ask{Terms: "XX"}); !errors.Is(err, ErrSettings) {
		t.Errorf("terms not on the roster: %v", err)
	}
	if _, err := d.Proffer(t.Context(), &s, contacts.Contact{Key: bakery.Key()}, Ask{}); !errors.Is(err, contacts.ErrUnknown) {
		t.Errorf("no card: %v", err)
	}
	shop, _ := open(t, store.NewMemory(), true)
	if _, err := shop.Proffer(t.Context(), &s, c, Ask{}); !errors.Is(err, ErrSecondParty) {
		t.Errorf("an organisation: %v", err)
	}
}

func TestAProfferCommitsToWhatIsHeldOfItsData(t *testing.T) {
	d, book := open(t, store.NewMemory(), false)
	var asked [16]byte
	d.c.Commit = func(_ context.Context, category string, nonce [16]byte) (commitment.Commitment, error) {
		asked = nonce
		switch category {
		case "name":
			return commitment.Commitment{1}, nil
		case "broken":
			return commitment.Commitment{}, errors.New("the vault is damaged")
		}
		return commitment.Commitment{}, nil
	}
	c := card(t, book)
	for _, one := range []struct {
		name string
		ask  Ask
		want []commitment.Commitment
	}{
		{"one of two is held", Ask{Data: []string{"address", "name"}}, []commitment.Commitment{{}, {1}}},
		{"none is held", Ask{Data: []string{"address"}}, nil},
		{"no data", Ask{}, nil},
		{"she'd rather not", Ask{Data: []string{"name"}, NoCommit: true}, nil},
	} {
		var s proffered
		if _, err := d.Proffer(t.Context(), &s, c, one.ask); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.body.Commitments, one.want) || one.want != nil && s.body.Nonce != asked {
			t.Errorf("%s: %v under %x", one.name, s.body.Commitments, s.body.Nonce)
		}
	}
	for _, data := range []string{"broken", ""} {
		s := &proffered{}
		if _, err := d.Proffer(t.Context(), s, c, Ask{Data: []string{data}}); err == nil || s.body.SecondName != "" {
			t.Errorf("data %q: %v", data, err)
		}
	}
}
