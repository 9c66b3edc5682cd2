package agreement

import (
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

func TestViewSaysHowAThreadStands(t *testing.T) {
	w := newBetween(t)
	late := w.agreement(First, w.proffer)
	lateEnd := act{kind: KindEnd, reason: ReasonEnded}
	withdrawn := w.sign(late, lateEnd, actorAlice)
	for _, c := range []struct {
		held []record.Record
		at   time.Time
		want string
	}{
		{nil, epoch, "nothing is held"},
		{[]record.Record{w.proffer}, epoch, "waits for an answer"},
		{[]record.Record{w.proffer}, epoch.Add(2 * time.Hour), "expired unanswered"},
		{[]record.Record{w.proffer, withdrawn}, epoch, "withdrawn before it was agreed"},
		{[]record.Record{w.proffer, w.whole}, epoch, "in force"},
		{[]record.Record{w.proffer, w.whole, w.end}, epoch, "ended by the organisation: ended by choice"},
		{[]record.Record{w.proffer, w.decline}, epoch, "declined by the organisation: terms not accepted"},
		{[]record.Record{w.proffer, w.alternative}, epoch, "answered with other terms, which wait for the person"},
		{[]record.Record{w.proffer, w.alternative, w.wholeAlt}, epoch, "in force"},
		{[]record.Record{w.proffer, w.whole, w.decline}, epoch, "void: the organisation countersigned a proffer that it declined"},
	} {
		v := w.agreement(First, c.held...).View(c.at)
		if v.Words != c.want {
			t.Errorf("%d records: %q, want %q", len(c.held), v.Words, c.want)
		}
		if v.InForce != (c.want == "in force") {
			t.Errorf("%q: in force %v", v.Words, v.InForce)
		}
	}
}

func TestAgreementIsInForceWithinItsValidityAlone(t *testing.T) {
	b := someBody()
	b.ValidFrom, b.ValidUntil = epoch.Add(24*time.Hour), epoch.Add(48*time.Hour)
	d, err := profferDraft(actorAlice.Key(), actorBakery.Key(), b, record.Link{N: 1})
	if err != nil {
		t.Fatal(err)
	}
	st, err := record.New(d)
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.SignBy(t.Context(), st, actorAlice, actorBakery)
	if err != nil {
		t.Fatal(err)
	}
	a := between{t: t}.agreement(First, r)
	for hours, want := range map[time.Duration]bool{0: false, 23: false, 24: true, 47: true, 48: false, 100: false} {
		if got := a.InForce(epoch.Add(hours * time.Hour)); got != want {
			t.Errorf("after %d hours: %v, want %v", hours, got, want)
		}
	}
}

func TestDescribeSaysWhoseWordIsInAFile(t *testing.T) {
	w := newBetween(t)
	for _, s := range w.scenarios() {
		v, err := record.Verify(s.good.Bytes(), record.Want{})
		if err != nil {
			t.Fatal(err)
		}
		f, err := Describe(v)
		if err != nil {
			t.Fatal(err)
		}
		if f.First != actorAlice.Key() || f.Second != actorBakery.Key() {
			t.Errorf("%s: between %s and %s", s.name, f.First.Short(), f.Second.Short())
		}
		if want := strings.HasPrefix(s.name, "accept"); f.Complete != want {
			t.Errorf("%s: complete %v", s.name, f.Complete)
		}
		if f.SignedFirst != (len(s.by) == 2 || s.by[0] == actorAlice) || f.SignedSecond != (len(s.by) == 2 || s.by[0] == actorBakery) {
			t.Errorf("%s: signed by the person %v, by the organisation %v", s.name, f.SignedFirst, f.SignedSecond)
		}
	}
}

func TestBodyOutOfBoundsIsMalformed(t *testing.T) {
	for name, change := range map[string]func(*Body){
		"no terms":                   func(b *Body) { b.Terms = Terms{} },
		"a name too long":            func(b *Body) { b.SecondName = strings.Repeat("x", MaxName+1) },
		"a purpose too long":         func(b *Body) { b.Purpose = strings.Repeat("x", MaxPurpose+1) },
		"a newline in the purpose":   func(b *Body) { b.Purpose = "a\nb" },
		"a purpose that isn't UTF-8": func(b *Body) { b.Purpose = "\xff" },
		"too many categories":        func(b *Body) { b.Data = strings.Split(strings.Repeat("x,", MaxData), ",") },
		"a category twice":           func(b *Body) { b.Data = []string{"name", "name"} },
		"an empty category":          func(b *Body) { b.Data = []string{""} },
		"a category too long":        func(b *Body) { b.Data = []string{strings.Repeat("x", MaxCategory+1)} },
		"a place of law too long":    func(b *Body) { b.Law = strings.Repeat("x", MaxLaw+1) },
		"no time to answer":          func(b *Body) { b.AnswerBy = time.Time{} },
		"a time before 1970":         func(b *Body) { b.AnswerBy = time.Unix(-1, 0) },
		"an end before the answer":   func(b *Body) { b.ValidUntil = b.AnswerBy },
		"an end before the start":    func(b *Body) { b.ValidFrom = epoch.Add(9 * time.Hour); b.ValidUntil = epoch.Add(8 * time.Hour) },
	} {
		b := someBody()
		change(&b)
		w := newTwo(t, Decision{Kind: Accept}, Decision{})
		if _, err := w.alice.Proffer(t.Context(), To{w.aliceKey, w.bakeryKey}, b); status(Refusal(err)) != answer.Malformed {
			t.Errorf("%s: %v", name, err)
		}
		if w.aliceLog.count() != 0 {
			t.Errorf("%s: something was signed", name)
		}
	}
}
