package record_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func TestKeyIsReadInEitherCase(t *testing.T) {
	k := recordtest.Key("alice")
	for _, s := range []string{k.String(), strings.ToUpper(k.String())} {
		if got, err := record.ParseKeyText(s); err != nil || got != k {
			t.Errorf("%q: %s, %v", s, got, err)
		}
	}
	if len(k.Short()) != 8 || !strings.HasPrefix(k.String(), k.Short()) {
		t.Errorf("Short is %q", k.Short())
	}
}

func TestBadKeyTextIsRefused(t *testing.T) {
	s := recordtest.Key("alice").String()
	last := s[len(s)-1:]
	for name, bad := range map[string]string{
		"empty":          "",
		"short":          recordtest.Key("alice").Short(),
		"padded":         s + "====",
		"a line end":     s[:51] + "\n" + last,
		"a digit 1":      "1" + s[1:],
		"a kelvin sign":  strings.Replace(s, "k", "\u212a", 1),
		"loose end":      s[:51] + map[bool]string{true: "b", false: "r"}[last != "b"],
		"of small order": strings.Repeat("a", 52),
		"endless":        strings.Repeat("a", 1<<20),
	} {
		if k, err := record.ParseKeyText(bad); !errors.Is(err, record.ErrKey) || !k.IsZero() {
			t.Errorf("%s: %s, %v", name, k, err)
		}
	}
}

func TestIDIsTheCIDOfTheStatement(t *testing.T) {
	// ipfs add --raw-leaves --cid-version=1 of an empty file names it so.
	const empty = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
	id := record.SumID(nil)
	if got := id.String(); got != empty {
		t.Errorf("got %s, want %s", got, empty)
	}
	if got, err := record.ParseID(empty); err != nil || got != id {
		t.Errorf("ParseID: %v, %v", got, err)
	}
	if got, err := record.IDFromBytes(id[:]); err != nil || got != id {
		t.Errorf("IDFromBytes: %v, %v", got, err)
	}
	if len(id.Short()) != 8 || !strings.Contains(empty, id.Short()) {
		t.Errorf("Short is %q", id.Short())
	}
}

func TestBadIDIsRefused(t *testing.T) {
	good := record.SumID(nil).String()
	for name, s := range map[string]string{
		"empty":           "",
		"version 0":       "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n",
		"a codec more":    "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", // dag-pb
		"in capitals":     "B" + strings.ToUpper(good[1:]),
		"another hash":    "bafkrmihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
		"cut":             good[:58],
		"longer":          good + "a",
		"not base32":      good[:58] + "1",
		"not ASCII":       good[:57] + "\u00e9",
		"endless":         strings.Repeat("b", 1<<20),
		"a line end":      good[:58] + "\n",
		"another base":    "f" + good[1:],
		"only the prefix": "bafkrei",
	} {
		if id, err := record.ParseID(s); !errors.Is(err, record.ErrID) || !id.IsZero() {
			t.Errorf("%s: %v, %v", name, id, err)
		}
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := record.IDFromBytes(make([]byte, n)); !errors.Is(err, record.ErrID) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestRoleWithoutANameShowsItsNumber(t *testing.T) {
	if got := record.Role(77).String(); got != "role 77" {
		t.Error(got)
	}
	if got := record.RoleFirst.String(); got != "first party" {
		t.Error(got)
	}
}
