package evidence

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

func summed(body []byte) []byte {
	sum := sha256.Sum256(body)
	return slices.Concat(body, sum[:])
}

func copyOf(t *testing.T, b []byte) Copy {
	t.Helper()
	c, err := ReadCopy(b, noon)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDifferencesAreToldInPlainWords(t *testing.T) {
	k := newTalk(t)
	full, noEnd := k.bundle(k.parts()).Bytes(), k.bundle(k.parts(k.before, k.proffer, k.whole, k.receipt)).Bytes()
	bare := k.parts()
	bare.Roster, bare.Offer = record.Verified{}, record.Verified{}
	cake := someBody(t)
	cake.Purpose, cake.Terms.Version, cake.Data, cake.Commitments = "weekly cake", "2", []string{"name"}, [][]byte{bytes.Repeat([]byte{1}, 32)}
	other := k.sign(k.body(cake, alice, bakery, record.Link{N: 2, Sent: k.before.ID()}), alice, bakery).Bytes()
	whole, delegated := k.whole.Bytes(), k.byNode(k.whole, node(k.t, bakery, time.Hour), alice).Bytes()
	for name, c := range map[string]struct {
		first, second []byte
		want          []string // none: they are the same
	}{
		"the same bundle":                   {full, full, nil},
		"the same record":                   {whole, whole, nil},
		"a record in its bundle":            {whole, noEnd, nil},
		"a bundle and its record":           {noEnd, whole, nil},
		"an end that the first lacks":       {noEnd, full, []string{"the second copy has an end by the organisation", "saying \"we close\", which the first lacks"}},
		"an end that the second lacks":      {full, noEnd, []string{"the first copy has an end by the organisation", "which the second lacks"}},
		"a record before the end":           {whole, full, []string{"the second copy has an end by the organisation", "which the first lacks"}},
		"one side's signature missing":      {k.proffer.Bytes(), whole, []string{"is signed by the second party, the first isn't"}},
		"another signature by one":          {whole, delegated, []string{"with another signature of the second party"}},
		"another signature in a bundle":     {delegated, noEnd, []string{"with another signature of the second party"}},
		"another agreement, with terms":     {whole, other, []string{"they are not about the same agreement", "other terms: ", "other commitments: ", "other data: \"\" in the first, \"name\" in the second", "other purpose: \"weekly bread\" in the first, \"weekly cake\" in the second"}},
		"an end, and the body":              {k.end.Bytes(), whole, []string{"the first copy has an end by the organisation", "the second copy has the body that both signed"}},
		"a roster and an offer less":        {full, k.bundle(bare).Bytes(), []string{"the first copy has the roster, the second lacks it", "the first copy has the offer, the second lacks it"}},
		"two notes":                         {k.before.Bytes(), k.after.Bytes(), []string{"they are not about the same agreement"}},
		"a receipt is about nobody's alone": {k.receipt.Bytes(), k.receipt.Bytes(), nil},
	} {
		got := strings.Join(Difference(copyOf(t, c.first), copyOf(t, c.second)), "\n")
		if len(c.want) == 0 && got != "" {
			t.Errorf("%s: they differ: %s", name, got)
		}
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	}
}

func TestACopyThatIsNoneIsRefused(t *testing.T) {
	k := newTalk(t)
	for name, b := range map[string][]byte{"nothing": nil, "a picture": []byte("\x89PNG"), "half a bundle": k.bundle(k.parts()).Bytes()[:100], "half a record": k.whole.Bytes()[:50]} {
		if _, err := ReadCopy(b, noon); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if !IsBundle(k.bundle(k.parts()).Bytes()) || IsBundle(k.whole.Bytes()) || IsBundle(nil) {
		t.Error("a bundle isn't told from a record")
	}
}
