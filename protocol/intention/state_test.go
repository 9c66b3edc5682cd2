package intention

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func entry(t *testing.T, r record.Record) record.Entry { return record.Entry{Rec: verified(t, r)} }

// story is what can come of one cast; its first entry is the cast.
func story(t *testing.T) map[string]record.Entry {
	r := cast(t, beans(), castKey)
	key, bakery, bob := recordtest.Key(castKey), recordtest.Signer("the bakery"), recordtest.Signer("bob")
	to := func(s record.Signer) record.Record {
		return formtest.Sign(t, record.Draft{
			Type: "offer.offer", Version: 1, Signers: []record.Signatory{{Role: record.RoleAuthor, Key: s.Key()}}, Recipient: key, Link: record.Link{N: 1},
		}, s)
	}
	handover := record.Draft{
		Type: "offer.taking", Version: 1, Recipient: bakery.Key(), Link: record.Link{N: 1},
		Signers: []record.Signatory{{Role: record.RoleBefore, Key: key}, {Role: record.RoleAfter, Key: recordtest.Key("alice for the bakery")}},
	}
	return map[string]record.Entry{
		"cast":       entry(t, r),
		"withdrawal": entry(t, withdrawal(t, readCast(t, r), castKey)),
		"offer":      entry(t, to(bakery)),
		"another":    entry(t, to(bob)),
		"taking":     entry(t, formtest.Sign(t, handover, recordtest.Signer(castKey), recordtest.Signer("alice for the bakery"))),
		"half":       entry(t, formtest.Sign(t, handover, recordtest.Signer(castKey))),
		"note":       {Note: []byte("note")},
	}
}

func TestTheStrongestStateIsShownWhateverTheOrder(t *testing.T) {
	all, expiry := story(t), beans().Expires
	for _, c := range []struct {
		with          []string
		before, after State
		answers       int
	}{
		{nil, Live, Expired, 0},
		{[]string{"note"}, Live, Expired, 0},
		{[]string{"half"}, Live, Expired, 0},
		{[]string{"offer"}, Answered, Expired, 1},
		{[]string{"offer", "another", "offer"}, Answered, Expired, 2},
		{[]string{"withdrawal"}, Withdrawn, Withdrawn, 0},
		{[]string{"offer", "withdrawal"}, Withdrawn, Withdrawn, 1},
		{[]string{"withdrawal", "offer", "taking"}, Taken, Taken, 1},
		{[]string{"taking", "offer", "withdrawal", "cast"}, Taken, Taken, 1},
	} {
		es := []record.Entry{all["cast"]}
		for _, name := range c.with {
			es = append(es, all[name])
		}
		i, err := Fold(es)
		if err != nil {
			t.Fatal(err)
		}
		if got := i.State(expiry.Add(-1)); got != c.before || len(i.Answers()) != c.answers || i.Open(expiry.Add(-1)) != (got <= Answered) {
			t.Errorf("%q: %s with %d answers, want %s", c.with, got, len(i.Answers()), c.before)
		}
		if got := i.State(expiry); got != c.after || i.Open(expiry) {
			t.Errorf("%q after expiry: %s, want %s", c.with, got, c.after)
		}
		if (len(i.Takings()) > 0) != (c.before == Taken) || i.Cast().ID != all["cast"].Rec.ID() {
			t.Errorf("%q: takings %v of %s", c.with, i.Takings(), i.Cast().ID.Short())
		}
	}
}

func TestEntriesOfAnotherIntentionChangeNothing(t *testing.T) {
	all := story(t)
	c := beans()
	c.Text = "something else"
	other := cast(t, c, "alice for another cast")
	i, err := Fold([]record.Entry{all["cast"]})
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]record.Record{"a cast": other, "a withdrawal": withdrawal(t, readCast(t, other), "alice for another cast")} {
		if got, err := i.Apply(entry(t, r)); !errors.Is(err, ErrSubject) || !reflect.DeepEqual(got, i) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := Fold([]record.Entry{all["offer"], all["cast"]}); !errors.Is(err, ErrSubject) || !reflect.DeepEqual(got, Intention{}) {
		t.Errorf("an offer first: %+v, %v", got, err)
	}
}

func TestApplyLeavesTheOldValueAsItWas(t *testing.T) {
	all := story(t)
	i, err := Fold([]record.Entry{all["cast"], all["offer"]})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"another", "withdrawal", "taking"} {
		if _, err := i.Apply(all[name]); err != nil {
			t.Fatal(err)
		}
	}
	if got := i.State(noon.Add(time.Hour)); got != Answered || len(i.Answers()) != 1 {
		t.Errorf("the old value is %s with %d answers", got, len(i.Answers()))
	}
}
