package terms

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

const vectors = "testdata/vectors"

func TestVectorsLoadOrAreRefused(t *testing.T) {
	for _, vec := range recordtest.Vectors(t, vectors) {
		v, err := record.Verify(vec.Body, record.Want{})
		if err != nil {
			t.Errorf("%s: the gate: %v", vec.Name, err)
			continue
		}
		r, err := Load(v)
		switch vec.Get("expect") {
		case "loaded":
			if err != nil || r.ID() != v.ID() || r.Keeper() != recordtest.Key("the keeper of the roster") {
				t.Errorf("%s (%s): %v", vec.Name, vec.Get("scenario"), err)
			}
		case "refused":
			if !errors.Is(err, ErrRoster) || r != nil {
				t.Errorf("%s (%s): got %v, %v; want ErrRoster", vec.Name, vec.Get("scenario"), r, err)
			}
		default:
			t.Errorf("%s expects %q", vec.Name, vec.Get("expect"))
		}
	}
}

func TestNothingIsNoRoster(t *testing.T) {
	if r, err := Load(record.Verified{}); !errors.Is(err, ErrRoster) || r != nil {
		t.Errorf("got %v, %v", r, err)
	}
}

func TestBadRowIsNotSigned(t *testing.T) {
	for name, change := range map[string]func(*Terms){
		"no name":        func(row *Terms) { row.Name = "" },
		"long summary":   func(row *Terms) { row.Summary = strings.Repeat("s", MaxSummary+1) },
		"not UTF-8":      func(row *Terms) { row.Name = "\xff" },
		"another roster": func(row *Terms) { row.Ref.Roster = "other" },
		"no clause":      func(row *Terms) { row.Clauses = nil },
		"rule zero":      func(row *Terms) { row.Clauses[0].Rule = 0 },
	} {
		row := sample()
		change(&row)
		rec, err := Sign(context.Background(), plainRef.Roster, "1", []Terms{row}, recordtest.Signer("alice"))
		if !errors.Is(err, ErrRoster) || rec.Bytes() != nil {
			t.Errorf("%s: got %d bytes, %v; want ErrRoster", name, len(rec.Bytes()), err)
		}
	}
}

func TestRosterTooLargeForAStatementIsNotSigned(t *testing.T) {
	var rows []Terms
	for i := range MaxRows {
		row := sample()
		row.Ref.ID = strings.Repeat("A", 1+i/26) + string(rune('A'+i%26))
		row.Summary = strings.Repeat("s", MaxSummary)
		row.Source = strings.Repeat("u", MaxSource)
		rows = append(rows, row)
	}
	_, err := Sign(context.Background(), plainRef.Roster, "1", rows, recordtest.Signer("alice"))
	if !errors.Is(err, ErrRoster) || !errors.Is(err, record.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func FuzzRoster(f *testing.F) {
	for _, vec := range recordtest.Vectors(f, vectors) {
		r, err := record.ParseRecord(vec.Body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(r.Statement().Payload())
	}
	recordtest.RoundTrip(f, decode, encode)
}

func FuzzRef(f *testing.F) {
	for _, s := range []string{plainRef.String(), hashedRef.String(), "", "a/B@c#", "a/B@c#00"} {
		f.Add([]byte(s))
	}
	recordtest.RoundTrip(f,
		func(b []byte) (Ref, error) { return ParseRef(string(b)) },
		func(r Ref) ([]byte, error) { return []byte(r.String()), nil }, recordtest.Exact())
}

func TestVectorsCoverBothEndings(t *testing.T) {
	var expects []string
	for _, vec := range recordtest.Vectors(t, vectors) {
		expects = append(expects, vec.Get("expect"))
	}
	slices.Sort(expects)
	if got := slices.Compact(expects); !slices.Equal(got, []string{"loaded", "refused"}) {
		t.Errorf("vectors expect %v", got)
	}
}
