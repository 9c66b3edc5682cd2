package evidence

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

// Difference says in plain words, a line each, where two copies of one agreement differ;
// nothing where they are the same. A record and a bundle that holds it whole are the same unless
// the bundle has a decline, an end or another body that both signed. Records hold no date of when they
// were signed, so none is given.
func Difference(first, second Copy) []string {
	if bytes.Equal(first.bytes, second.bytes) {
		return nil
	}
	if first.thread != second.thread || first.thread.IsZero() {
		if first.thread.IsZero() && !first.isBundle() && !second.isBundle() && first.all[0].ID() == second.all[0].ID() {
			return signatures(first.all[0].ID(), first.all, second.all)
		}
		return apart(first, second)
	}
	var out []string
	for _, id := range ids(first.all, second.all) {
		out = append(out, statement(id, first, second)...)
	}
	if first.isBundle() && second.isBundle() {
		out = append(out, along("roster", first.bundle.listed, second.bundle.listed)...)
		out = append(out, along("offer", first.bundle.offer, second.bundle.offer)...)
		out = append(out, along("taking of the offer", first.bundle.taking, second.bundle.taking)...)
	}
	return out
}

// apart says why two copies aren't about the same agreement, and what else would differ.
func apart(first, second Copy) []string {
	out := []string{fmt.Sprintf("they are not about the same agreement: the first is about %s, the second about %s", name(first), name(second))}
	a, b := first.body(), second.body()
	if a == nil || b == nil {
		return out
	}
	return append(out, bodies(a, b)...)
}

func name(c Copy) string {
	if c.thread.IsZero() {
		return describe(c.all[0])
	}
	return c.thread.String()
}

// body returns what the copy's thread began with, where that is a body.
func (c Copy) body() *bywayv1.AgreementBody {
	for _, v := range c.all {
		if v.ID() == c.thread {
			return said(v).body
		}
	}
	return nil
}

func bodies(a, b *bywayv1.AgreementBody) (out []string) {
	for _, f := range []struct{ what, first, second string }{
		{"terms", termsOf(a), termsOf(b)},
		{"organisation's name", a.GetSecondName(), b.GetSecondName()},
		{"purpose", a.GetPurpose(), b.GetPurpose()},
		{"data", strings.Join(a.GetData(), ", "), strings.Join(b.GetData(), ", ")},
		{"place of law", a.GetLaw(), b.GetLaw()},
		{"commitments", fmt.Sprintf("%x", a.GetCommitments()), fmt.Sprintf("%x", b.GetCommitments())},
	} {
		if f.first != f.second {
			out = append(out, fmt.Sprintf("other %s: %q in the first, %q in the second", f.what, f.first, f.second))
		}
	}
	return out
}

func termsOf(b *bywayv1.AgreementBody) string {
	r, err := terms.FromWire(b.GetTerms())
	if err != nil {
		return ""
	}
	return r.String()
}

// ids lists what the copies hold, in the order in which they hold it.
func ids(first, second []record.Verified) []record.ID {
	var out []record.ID
	for _, v := range slices.Concat(first, second) {
		if !slices.Contains(out, v.ID()) {
			out = append(out, v.ID())
		}
	}
	return out
}

func held(id record.ID, in []record.Verified) (out []record.Verified) {
	for _, v := range in {
		if v.ID() == id {
			out = append(out, v)
		}
	}
	return out
}

// statement says how the copies differ in one statement.
func statement(id record.ID, first, second Copy) []string {
	a, b := held(id, first.all), held(id, second.all)
	switch {
	case len(a) == 0:
		return lacking("first", "second", b, first, second)
	case len(b) == 0:
		return lacking("second", "first", a, second, first)
	}
	return signatures(id, a, b)
}

// lacking says what one copy has and the other lacks. A record alone lacks all but
// itself, so there only what changes the agreement counts.
func lacking(lacks, has string, vs []record.Verified, lacking, having Copy) []string {
	last := vs[len(vs)-1]
	for _, v := range vs {
		if v.Complete() {
			last = v
		}
	}
	x := said(last)
	if !lacking.isBundle() && having.isBundle() {
		changes := x.thread == having.thread && (x.kind == "end" || x.kind == "decline" || x.kind == "accept" && said(lacking.all[0]).body != nil)
		if !changes {
			return nil
		}
	}
	return []string{fmt.Sprintf("the %s copy has %s, which the %s lacks", has, describe(last), lacks)}
}

// signatures says how the copies differ in who signed one statement, and how.
func signatures(id record.ID, a, b []record.Verified) (out []string) {
	first, second := signed(a), signed(b)
	for _, l := range a[0].Statement().Signers() {
		x, y := first[l], second[l]
		switch {
		case x == nil && y != nil:
			out = append(out, fmt.Sprintf("the second copy of %s is signed by the %s, the first isn't", id, l.Role))
		case x != nil && y == nil:
			out = append(out, fmt.Sprintf("the first copy of %s is signed by the %s, the second isn't", id, l.Role))
		case x != nil && !x.Equal(*y):
			out = append(out, fmt.Sprintf("the same statement %s, with another signature of the %s: both are genuine, and nobody honest makes two", id, l.Role))
		}
	}
	return out
}

func signed(vs []record.Verified) map[record.Signatory]*record.Signature {
	out := map[record.Signatory]*record.Signature{}
	for _, v := range vs {
		for _, s := range v.Record().Signatures() {
			out[record.Signatory{Role: s.Role, Key: s.Key}] = &s
		}
	}
	return out
}

// along says how two bundles differ in what goes along.
func along(what string, a, b record.Verified) []string {
	switch {
	case bytes.Equal(a.Bytes(), b.Bytes()):
		return nil
	case a.IsZero():
		return []string{fmt.Sprintf("the second copy has the %s, the first lacks it", what)}
	case b.IsZero():
		return []string{fmt.Sprintf("the first copy has the %s, the second lacks it", what)}
	}
	return []string{fmt.Sprintf("another %s: %s in the first, %s in the second", what, a.ID(), b.ID())}
}
