package main

import (
	"encoding/hex"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

// verdictPage says in plain words what a record proves, and what it can't.
func (a *app) verdictPage(p *page, file string, f agreement.Facts) {
	p.line("%s is genuine: every signature in it fits every byte.", file)
	p.line("")
	a.sentence(p, f)
	p.line("")
	p.fields(
		"about", idText(subjectOf(f)),
		"purpose", f.Body.Purpose,
		"data", joined(f.Body.Data),
		"law", f.Body.Law,
		"to be signed by", a.date(f.Body.AnswerBy),
		"valid from", a.date(f.Body.ValidFrom),
		"valid until", a.date(f.Body.ValidUntil),
		"says", f.Text,
		"record", f.ID.String(),
		"agreement", idText(f.Thread),
		"sha256", hex.EncodeToString(f.Sum[:]),
	)
	if len(f.Received) > 0 {
		receivedPage(p, f.Received)
	}
	if f.Complete {
		p.line("")
		termsPage(p, f.Body.Terms)
	}
	p.line("")
	caveat(p, f)
}

// sentence says who said what to whom.
func (a *app) sentence(p *page, f agreement.Facts) {
	first, second := person(f), organisation(f)
	ref := f.Body.Terms.ID
	switch f.Kind {
	case agreement.KindAccept, agreement.KindAcceptance:
		p.line("%s", second)
		p.line("and %s", first)
		p.line("agreed to %s.", named(f.Body.Terms))
	case agreement.KindProffer:
		p.line("%s", first)
		p.line("proffered %s to %s.", ref, second)
		p.line("This is no agreement: the organisation hasn't signed it.")
	case agreement.KindAlternative:
		p.line("%s", second)
		p.line("answered a proffer by %s with %s instead.", first, ref)
		p.line("This is no agreement: the person hasn't signed it.")
	case agreement.KindDecline:
		by, to := second, first
		if f.SignedFirst {
			by, to = first, second
		}
		p.line("%s", by)
		p.line("declined what %s had signed: %s.", to, f.Reason)
	case agreement.KindEnd:
		by, to := second, first
		if f.SignedFirst {
			by, to = first, second
		}
		p.line("%s", by)
		p.line("ended what there was with %s: %s.", to, f.Reason)
	case agreement.KindReceipt:
		by, to := second, first
		if f.SignedFirst {
			by, to = first, second
		}
		p.line("%s", by)
		p.line("says to hold these records, whole, that %s sent.", to)
	}
}

func person(f agreement.Facts) string { return "a person under key " + f.First.String() }

func organisation(f agreement.Facts) string {
	if f.Body.SecondName == "" {
		return "an organisation under key " + f.Second.String()
	}
	return "an organisation calling itself " + plain(f.Body.SecondName) + ", key " + f.Second.String()
}

// resolve finds exactly the row that a record names.
func resolve(r terms.Ref) (terms.Terms, bool) { return terms.Default().Resolve(r) }

func named(r terms.Ref) string {
	if t, ok := resolve(r); ok {
		return r.ID + ", \"" + t.Name + "\""
	}
	return r.ID
}

// termsPage says what was agreed to, in the roster's plain words.
func termsPage(p *page, r terms.Ref) {
	if t, ok := resolve(r); ok {
		p.WriteString(terms.Plain(t))
		return
	}
	p.line("This program's roster doesn't list %s: read those terms where they are kept.", r)
}

func receivedPage(p *page, all []agreement.Received) {
	var rows [][]string
	for _, r := range all {
		rows = append(rows, []string{r.ID.String(), hex.EncodeToString(r.Sum[:])})
	}
	p.table([]string{"RECORD", "SHA256"}, rows)
}

// caveat says what a file can't show.
func caveat(p *page, f agreement.Facts) {
	p.line("A file shows what was signed, not what came after: one of them may have ended it since,")
	p.line("and the clocks of those who signed may have been wrong.")
	if f.Body.SecondName != "" {
		p.line("The name is a claim: whose key it is you have to know from elsewhere.")
	}
}

// subjectOf returns what a record is about.
func subjectOf(f agreement.Facts) record.ID {
	if f.Kind == agreement.KindDecline || f.Kind == agreement.KindEnd {
		return f.About
	}
	return f.Body.About
}

func idText(id record.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// stamp writes a time for programs; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// date writes a time of a record in full: unlike a listing, it is read years later.
func (a *app) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(a.now().Location()).Format("2006-01-02 15:04:05 -0700")
}
