package resume

import (
	"context"

	"github.com/bywaynet/byway/protocol/record"
)

const (
	// maxPage bounds the records of one page, in bytes, so that the whole response fits MaxResponse.
	maxPage = MaxResponse - 4<<10
	// maxLooked is how many places are looked at for one page, so that one where little
	// is missing ends in time; such a page may be empty and not the last.
	maxLooked = 1024
	spotsRead = 128 // at once
	perRecord = 16  // what a record costs in a page beside its bytes
)

// page returns what the author of c may miss from a place on: first of what the author
// sent, then of what this party did, a subject's records together and in their order.
func (s *Service) page(ctx context.Context, c Claim, from Cursor) (page, error) {
	w := walk{s: s, c: c, at: from}
	for side := from.Side; side <= Held; side++ {
		if side != from.Side {
			w.at = Cursor{Side: side}
		}
		full, err := w.side(ctx)
		if err != nil || full {
			return w.page, err
		}
	}
	w.page.next = Cursor{}
	return w.page, nil
}

// walk is a page being filled.
type walk struct {
	s      *Service
	c      Claim
	at     Cursor
	page   page
	size   int
	looked int
}

// side goes on along one side of the chain. It reports that the page is full, with its next set.
func (w *walk) side(ctx context.Context) (full bool, err error) {
	for {
		// What the author of the claim sent is what this party holds.
		spots, err := w.s.c.Spots(ctx, w.c.To, w.c.By, w.at.Side == Held, w.at.N, spotsRead)
		if err != nil {
			return false, err
		}
		for _, spot := range spots {
			if w.looked++; w.looked > maxLooked {
				w.page.next = Cursor{Side: w.at.Side, N: spot.N}
				return true, nil
			}
			if spot.N != w.at.N {
				w.at.N, w.at.Skip = spot.N, 0
			}
			if full, err := w.spot(ctx, spot); err != nil || full {
				return full, err
			}
		}
		if len(spots) < spotsRead {
			return false, nil
		}
		w.at.N, w.at.Skip = w.at.N+1, 0
	}
}

func (w *walk) spot(ctx context.Context, spot Spot) (full bool, err error) {
	if w.c.Epoch == 0 && !w.c.Wants(w.at.Side, spot.N, spot.ID, false) {
		return false, nil
	}
	es, err := w.s.c.Journal.Entries(ctx, spot.Subject)
	if err != nil {
		return false, err
	}
	if here, err := w.here(ctx, es, spot); err != nil || !here {
		return false, err
	}
	for i, e := range w.c.missed(es, spot) {
		if uint32(i) < w.at.Skip {
			continue
		}
		size := len(e.Rec.Bytes()) + perRecord
		if w.size+size > maxPage {
			w.page.next = Cursor{Side: w.at.Side, N: spot.N, Skip: uint32(i)}
			return true, nil
		}
		w.page.records, w.page.kept = append(w.page.records, e.Rec.Bytes()), append(w.page.kept, e.At)
		w.size += size
	}
	return false, nil
}

// here reports whether a resume is answered with a subject at this place: at the one of what
// was kept first, since what is kept while pages are taken changes that no more. A record that
// is kept under several subjects is at its place for one of them alone.
func (w *walk) here(ctx context.Context, es []record.Entry, at Spot) (bool, error) {
	for _, e := range es {
		s, ok := w.c.sideOf(e.Rec)
		if !ok || w.c.Epoch == 0 {
			continue
		}
		n := e.Rec.Statement().Link().N
		if s == w.at.Side && n == at.N && e.Rec.ID() == at.ID {
			break
		}
		spots, err := w.s.c.Spots(ctx, w.c.To, w.c.By, s == Held, n, 1)
		if err != nil {
			return false, err
		}
		if len(spots) == 1 && spots[0] == (Spot{N: n, ID: e.Rec.ID(), Subject: at.Subject}) {
			return false, nil
		}
	}
	return true, nil
}

// missed returns, of a subject's entries, the records that the author of c may miss; of an
// ask's, the statement at the place alone.
func (c Claim) missed(es []record.Entry, spot Spot) (out []record.Entry) {
	for _, e := range es {
		s, ok := c.sideOf(e.Rec)
		if !ok || c.Epoch == 0 && e.Rec.ID() != spot.ID {
			continue
		}
		many := len(e.Rec.Record().Signatures()) > 1
		if c.Wants(s, e.Rec.Statement().Link().N, e.Rec.ID(), many) {
			out = append(out, e)
		}
	}
	return out
}

// sideOf reports whether v was said between the two parties of c, and by whom.
func (c Claim) sideOf(v record.Verified) (Side, bool) {
	if v.IsZero() {
		return 0, false
	}
	switch st := v.Statement(); {
	case st.Author() == c.By && st.Recipient() == c.To:
		return Sent, true
	case st.Author() == c.To && st.Recipient() == c.By:
		return Held, true
	}
	return 0, false
}
