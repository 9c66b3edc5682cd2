package record_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

const bakeryNode = "the bakery's node"

var noon = time.UnixMilli(1728043200000)

func day(types ...record.Type) record.Delegation {
	return record.Delegation{Delegate: recordtest.Key(bakeryNode), From: noon.Add(-12 * time.Hour), Until: noon.Add(12 * time.Hour), Types: types}
}

func TestDelegateSignsForTheOrganisation(t *testing.T) {
	s := mustNew(t, agreement())
	d, err := record.NewDelegation(t.Context(), day("example.agreement"), bakery)
	if err != nil {
		t.Fatal(err)
	}
	node, err := record.NewDelegateSigner(d, recordtest.Seed(bakeryNode))
	if err != nil || node.Key() != bakery.Key() {
		t.Fatalf("it signs for %v, %v", node, err)
	}
	r := signBy(t, s, alice, node)
	for name, c := range map[string]struct {
		at   time.Time
		want error
	}{
		"in its time":   {noon, nil},
		"when it ends":  {noon.Add(12 * time.Hour), record.ErrDelegation},
		"long before":   {time.Time{}, record.ErrDelegation},
		"long after":    {noon.AddDate(300, 0, 0), record.ErrDelegation},
		"when it began": {noon.Add(-12 * time.Hour), nil},
		"at its last":   {r.DelegatedUntil(), nil},
		"and after it":  {r.DelegatedUntil().Add(time.Millisecond), record.ErrDelegation},
	} {
		v, err := record.Verify(r.Bytes(), record.Want{Complete: true, At: c.at})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if k, _ := v.SignedAs(record.RoleSecond); c.want == nil && k != bakery.Key() {
			t.Errorf("%s: signed as %s", name, k.Short())
		}
	}
}

func TestARecordWithoutADelegationHasNoEndOfOne(t *testing.T) {
	if at := signBy(t, mustNew(t, agreement()), alice, bakery).DelegatedUntil(); !at.IsZero() {
		t.Errorf("it is until %v", at)
	}
}

func TestBadDelegationIsNotMade(t *testing.T) {
	for name, change := range map[string]func(*record.Delegation){
		"no delegate":    func(d *record.Delegation) { d.Delegate = record.Key{} },
		"itself":         func(d *record.Delegation) { d.Delegate = bakery.Key() },
		"no end":         func(d *record.Delegation) { d.Until = time.Time{} },
		"under a ms":     func(d *record.Delegation) { d.Until = d.From.Add(time.Microsecond) },
		"nine types":     func(d *record.Delegation) { d.Types = make([]record.Type, 9) },
		"an empty type":  func(d *record.Delegation) { d.Types = []record.Type{""} },
		"a type too big": func(d *record.Delegation) { d.Types = []record.Type{record.Type(strings.Repeat("t", 300))} },
		"delegations":    func(d *record.Delegation) { d.Types = []record.Type{record.TypeDelegation} },
	} {
		d := day()
		change(&d)
		if r, err := record.NewDelegation(t.Context(), d, bakery); !errors.Is(err, record.ErrDelegation) || r.Bytes() != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLargestDelegationFits(t *testing.T) {
	var types []record.Type
	for i := range 8 {
		types = append(types, record.Type(strings.Repeat(string(rune('a'+i)), record.MaxType)))
	}
	d, err := record.NewDelegation(t.Context(), day(types...), bakery)
	if err != nil || len(d.Bytes()) > record.MaxDelegation {
		t.Errorf("%d bytes, at most %d (%v)", len(d.Bytes()), record.MaxDelegation, err)
	}
}

func TestDelegateSignsNothingElse(t *testing.T) {
	d, err := record.NewDelegation(t.Context(), day("example.other"), bakery)
	if err != nil {
		t.Fatal(err)
	}
	node, err := record.NewDelegateSigner(d, recordtest.Seed(bakeryNode))
	if err != nil {
		t.Fatal(err)
	}
	s := mustNew(t, agreement())
	if _, err := node.Sign(t.Context(), s, record.RoleSecond); !errors.Is(err, record.ErrDelegation) {
		t.Errorf("a type that isn't covered: %v", err)
	}
	if _, err := node.Sign(t.Context(), s, record.RoleFirst); !errors.Is(err, record.ErrSigner) {
		t.Errorf("a role that isn't listed: %v", err)
	}
	if _, err := record.NewDelegation(t.Context(), day(), node); !errors.Is(err, record.ErrDelegation) {
		t.Errorf("a delegation of its own: %v", err)
	}
}

func TestDelegateSignerNeedsItsDelegation(t *testing.T) {
	d, err := record.NewDelegation(t.Context(), day(), bakery)
	if err != nil {
		t.Fatal(err)
	}
	other := signBy(t, mustNew(t, agreement()), bakery)
	for name, c := range map[string]struct {
		rec  record.Record
		seed [32]byte
	}{
		"another's seed": {d, recordtest.Seed("bob")},
		"another record": {other, recordtest.Seed(bakeryNode)},
		"nothing":        {record.Record{}, recordtest.Seed(bakeryNode)},
	} {
		if s, err := record.NewDelegateSigner(c.rec, c.seed); !errors.Is(err, record.ErrDelegation) || s != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
