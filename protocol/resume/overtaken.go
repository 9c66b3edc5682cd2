package resume

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/record"
)

// clone keeps the resume that the other side shows instead of an answer, as another node's. It
// returns ErrClone then; ErrMalformed for one that this node made itself, which shows no other node;
// and nil where this node has gone on since: the claim is an old one.
func (f *fetch) clone(ctx context.Context, got page) error {
	v, err := f.shown(got)
	if err != nil {
		return err
	}
	me, them := f.p.Claim.By, f.p.Claim.To
	subject := Subject(me, them)
	defer f.s.lock(subject)()
	r, err := f.s.Relationship(ctx, me, them)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(r.own(), func(h held) bool { return h.c.ID == v.ID() }) {
		if p, ok := r.Pending(); !ok || p.Claim.ID != f.p.Claim.ID {
			return nil
		}
		return fmt.Errorf("%w: it shows a resume that this node made", ErrMalformed)
	}
	now := f.s.now()
	es := []record.Entry{
		{Subject: subject, At: now, Mine: true, Note: otherNote(v)},
		{Subject: subject, At: now, Mine: true, Note: note{kind: noteClone}.encode(f.p.Claim.ID)},
	}
	if err := f.s.c.Journal.Append(ctx, subject, -1, es); err != nil {
		return err
	}
	if r, err = f.s.Relationship(ctx, me, them); err != nil {
		return err
	}
	f.s.c.Told(r)
	return ErrClone
}

// twin keeps, as another node's, a resume under this party's key that came back and that this
// node didn't make, of its claim's epoch or a later one: an earlier one may be its own, and lost.
func (f *fetch) twin(ctx context.Context, v record.Verified) (ok bool, err error) {
	c, err := Read(v)
	p := f.p.Claim
	if err != nil || c.By != p.By || c.Epoch < max(p.Link.Epoch(), 1) {
		return false, err
	}
	subject := Subject(p.By, p.To)
	defer f.s.lock(subject)()
	r, err := f.s.Relationship(ctx, p.By, p.To)
	if err != nil || r.Claimed(c.ID) {
		return true, err
	}
	if len(v.Bytes()) > maxShown || len(r.mine) >= MaxAsks {
		f.s.c.Log.Warn("a resume by another node of this party isn't kept: too large, or too many", "to", p.To.Short(), "id", c.ID.Short())
		return true, nil
	}
	return true, f.s.c.Journal.Append(ctx, subject, -1, []record.Entry{{Subject: subject, At: f.s.now(), Mine: true, Note: otherNote(v)}})
}

// maxShown is how large another node's resume may be that is kept, in bytes: this node's own ones are smaller.
const maxShown = record.MaxNote - len(notePrefix) - 1

// shown reads the one resume in a page: by this party to the other, another than the claim, of
// its epoch or a later one; for an ask, of a later one. Who shows less shows nothing.
func (f *fetch) shown(got page) (record.Verified, error) {
	p := f.p.Claim
	if len(got.records) != 1 {
		return record.Verified{}, fmt.Errorf("%w: %d records where another resume should be", ErrMalformed, len(got.records))
	}
	v, err := record.Verify(got.records[0], record.Want{At: f.s.now(), Complete: true})
	if err != nil {
		return record.Verified{}, fmt.Errorf("%w: another resume: %w", ErrMalformed, err)
	}
	c, err := Read(v)
	if err != nil {
		return record.Verified{}, err
	}
	if len(v.Bytes()) > maxShown {
		return record.Verified{}, fmt.Errorf("%w: the other resume has %d bytes, at most %d", ErrMalformed, len(v.Bytes()), maxShown)
	}
	if c.By != p.By || c.To != p.To || c.Epoch < max(p.Epoch, 1) || p.Epoch == 0 && c.Epoch <= p.Link.Epoch() || c.ID == p.ID {
		return record.Verified{}, fmt.Errorf("%w: it doesn't show another resume by %s", ErrMalformed, p.By.Short())
	}
	return v, nil
}

// maxCovered is how many records a resume names for the claims before it, so that it fits into a
// note of another node of the party. Further ones go into asks after it; see Uncovered.
const maxCovered = 32

// Uncovered returns an ask for records that claims of epochs that are over asked for, and that neither came
// nor are named in this one; false where there are none. Sign it before the resume is answered, until there are none.
func (r Relationship) Uncovered() (Claim, bool) {
	var open, named []record.ID
	epoch := r.Epoch()
	for _, h := range r.own() {
		done := r.notes[h.c.ID].kind == noteDone
		switch {
		case done && h.c.Epoch > 0 && h.c.Epoch < epoch:
			open = nil // it covered those before, with the asks after it
		case done || h.c.Link.Epoch() == epoch:
			named = append(named, h.c.Records...)
		default:
			open = append(open, h.c.Records...)
		}
	}
	open = slices.DeleteFunc(open, func(id record.ID) bool { return slices.Contains(named, id) })
	slices.SortFunc(open, func(a, b record.ID) int { return slices.Compare(a[:], b[:]) })
	open = slices.Compact(open)
	return Claim{Records: open[:min(len(open), MaxRecords)]}, len(open) > 0 && r.asks(epoch) < MaxAsks
}

// cover adds to what this party misses what its claims asked for since one resume was
// answered whole: the places after what each knew, whatever it has learnt or signed since, too. It
// adds what the other side's resumes gave up, since no gap shows that the end of an epoch was held and is lost.
func (r Relationship) cover(known Claim) Claim {
	for _, h := range r.theirs {
		if h.c.Epoch > 0 {
			known.LostHeld = append(slices.Clip(known.LostHeld), Span{max(h.c.Sent, 1), h.c.Link.N - 1})
		}
	}
	var open []held
	for _, h := range r.own() {
		done := r.notes[h.c.ID].kind == noteDone
		switch {
		case done && h.c.Epoch > 0:
			open = nil // it covered those before
		case !done:
			open = append(open, h)
		}
	}
	for _, h := range open {
		c := h.c
		known.LostSent, known.LostHeld = slices.Concat(known.LostSent, c.LostSent), slices.Concat(known.LostHeld, c.LostHeld)
		if c.Epoch > 0 {
			known.LostSent = append(known.LostSent, Span{c.Sent + 1, known.Sent})
			known.LostHeld = append(known.LostHeld, Span{c.Held + 1, known.Held})
		}
		for _, id := range c.Records {
			if len(known.Records) < maxCovered && !slices.Contains(known.Records, id) {
				known.Records = append(slices.Clip(known.Records), id)
			}
		}
	}
	known.LostSent, known.LostHeld = merged(known.LostSent, known.Sent), merged(known.LostHeld, known.Held)
	return known
}

// merged returns spans in order, apart, up to a place and at most MaxSpans: what is too many
// of them goes into the last.
func merged(spans []Span, top uint64) (out []Span) {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.First, b.First) })
	for _, s := range spans {
		s.Last = min(s.Last, top)
		if s.First > s.Last {
			continue
		}
		last := len(out) - 1
		if last >= 0 && (s.First <= out[last].Last+1 || len(out) == MaxSpans) {
			out[last].Last = max(out[last].Last, s.Last)
			continue
		}
		out = append(out, s)
	}
	return out
}
