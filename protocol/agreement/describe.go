package agreement

import "github.com/bywaynet/byway/protocol/record"

// Facts are all that one verified record of this protocol says by itself. A file can't
// show what came later: an end, a decline, a breach, or that the clocks of those who
// signed were right.
type Facts struct {
	Kind Kind
	ID   record.ID
	// Sum is the sha256 of the whole record: what both sides compare.
	Sum [32]byte
	// Thread is the proffer or acceptance that it belongs to; zero for a receipt.
	Thread record.ID
	// First is the person's key, Second the organisation's.
	First, Second record.Key
	// SignedFirst and SignedSecond tell whose word is in the record; in an acceptance
	// the person's is in the cast that it carries.
	SignedFirst, SignedSecond bool
	// Complete: both have agreed to Body.
	Complete bool
	// Body is set for a proffer, accept, alternative and acceptance. Its SecondName is how
	// the organisation calls itself: nobody has checked that.
	Body Body
	// About, Reason and Text are set for a decline and an end.
	About    record.ID
	Reason   Reason
	Text     string
	Received []Received
}

// Describe says what a record of this protocol says. The caller verified it, for nobody
// in particular (record.Want without To). Errors: those of Read.
func Describe(v record.Verified) (Facts, error) {
	m, err := Read(v)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{
		Kind: m.Kind, ID: v.ID(), Sum: v.Record().Sum(), Thread: m.Thread(), First: m.First, Second: m.Second,
		Body: m.Body, About: m.About, Reason: m.Reason, Text: m.Text, Received: m.Received,
		Complete: m.Kind == KindAccept || m.Kind == KindAcceptance,
	}
	_, f.SignedFirst = v.SignedAs(record.RoleFirst)
	_, f.SignedSecond = v.SignedAs(record.RoleSecond)
	if m.Kind == KindAcceptance {
		f.SignedFirst = true
	}
	return f, nil
}
