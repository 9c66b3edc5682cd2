package main

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

func held(holder, id, record string) export {
	return export{id: id, terms: "SD-BASE", holder: holder, record: []byte(record)}
}

func TestADifferenceBetweenTheTwoSidesIsFound(t *testing.T) {
	same := held("the bakery", "a", "signed by both")
	for name, c := range map[string]struct {
		hers, theirs []export
		pairs        int
		says         []string
	}{
		"none": {nil, nil, 0, nil},
		"the same, in another order": {
			[]export{held("alice", "a", "signed by both"), held("alice", "b", "x")}, []export{held("the bakery", "b", "x"), same}, 2, nil,
		},
		"another byte":            {[]export{held("alice", "a", "signed by bots")}, []export{same}, 1, []string{"agreement a: alice and the bakery hold different bytes"}},
		"one byte less":           {[]export{held("alice", "a", "signed by bot")}, []export{same}, 1, []string{"different bytes"}},
		"missing on hers":         {nil, []export{same}, 1, []string{"agreement a: the bakery holds it, the other side doesn't"}},
		"missing on theirs":       {[]export{held("alice", "a", "signed by both")}, nil, 1, []string{"agreement a: alice holds it, the other side doesn't"}},
		"two that aren't the one": {[]export{held("alice", "b", "x")}, []export{same}, 2, []string{"agreement a: the bakery", "agreement b: alice"}},
	} {
		t.Run(name, func(t *testing.T) {
			pairs, err := compare(c.hers, c.theirs)
			if len(pairs) != c.pairs {
				t.Errorf("%d pairs, want %d", len(pairs), c.pairs)
			}
			if (err != nil) != (c.says != nil) {
				t.Fatalf("error %v, want one that says %q", err, c.says)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("error %v doesn't say %q", err, s)
				}
			}
		})
	}
}

func TestAnExportThatIsRefusedOnOneSideIsntVerified(t *testing.T) {
	refused := errors.New("refused")
	hers, theirs := held("alice", "a", "x"), held("the bakery", "a", "x")
	for name, c := range map[string]struct {
		p    pair
		ids  map[string]string // what each side's file proves; none: refused
		sums int
		want bool
		fail bool
	}{
		"both genuine":              {pair{&hers, &theirs}, map[string]string{"person": "a", "organisation": "a"}, 2, true, false},
		"hers refused":              {pair{&hers, &theirs}, map[string]string{"organisation": "a"}, 2, false, true},
		"theirs refused":            {pair{&hers, &theirs}, map[string]string{"person": "a"}, 2, false, true},
		"genuine, but another's":    {pair{&hers, &theirs}, map[string]string{"person": "a", "organisation": "b"}, 2, false, true},
		"held by the person alone":  {pair{&hers, nil}, map[string]string{"person": "a"}, 1, false, false},
		"held by the bakery alone":  {pair{nil, &theirs}, map[string]string{"organisation": "a"}, 1, false, false},
		"neither side's is genuine": {pair{&hers, &theirs}, nil, 2, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := &demo{dir: t.TempDir(), story: io.Discard, check: func(file string) (string, error) {
				word := strings.TrimSuffix(filepath.Base(file), ".byway")
				if id, ok := c.ids[word[strings.LastIndex(word, "-")+1:]]; ok {
					return id, nil
				}
				return "", refused
			}}
			row, err := d.prove(1, c.p)
			sums := len(row.FirstSha256+row.SecondSha256) / 64
			if row.Verified != c.want || (err != nil) != c.fail || sums != c.sums {
				t.Errorf("verified %t, %d sums, error %v; want %t, %d, an error: %t", row.Verified, sums, err, c.want, c.sums, c.fail)
			}
		})
	}
}

func TestTheLastLineNamesTheProgramAsItWasCalled(t *testing.T) {
	for _, c := range []struct{ exe, called, cache, want string }{
		{"/tmp/go-build12/b001/exe/byway", "/tmp/go-build12/b001/exe/byway", "", "go run ./cmd/byway"},
		{"/home/alice/.cache/go-build/ab/abcd-d/byway", "/home/alice/.cache/go-build/ab/abcd-d/byway", "", "go run ./cmd/byway"},
		{"/var/gocache/ab/abcd-d/byway", "/var/gocache/ab/abcd-d/byway", "/var/gocache", "go run ./cmd/byway"},
		{"/home/alice/go/bin/byway", "byway", "/var/gocache", "byway"},
		{"/home/alice/byway", "./byway", "", "./byway"},
		{"", "byway", "", "byway"},
	} {
		if got := program(c.exe, c.called, c.cache); got != c.want {
			t.Errorf("program(%q, %q, %q) is %q, want %q", c.exe, c.called, c.cache, got, c.want)
		}
	}
}
