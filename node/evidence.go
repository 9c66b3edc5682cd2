package node

import (
	"context"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/record"
)

// bundles makes evidence of what the store keeps.
type bundles struct{ *running }

// Bundle implements localapi.Bundles.
func (b bundles) Bundle(ctx context.Context, thread record.ID) (evidence.Bundle, error) {
	a, err := b.service.Get(ctx, thread)
	if err != nil {
		return evidence.Bundle{}, err
	}
	own, err := b.about(ctx, thread)
	if err != nil {
		return evidence.Bundle{}, err
	}
	p := evidence.Parts{Thread: thread}
	p.Taking, p.Offer, err = b.taken(ctx, own)
	if err != nil {
		return evidence.Bundle{}, err
	}
	all, err := b.between(ctx, a.First(), a.Second())
	if err != nil {
		return evidence.Bundle{}, err
	}
	if p.Records, err = evidence.Select(thread, own, all); err != nil {
		return evidence.Bundle{}, err
	}
	if b.lists(own) {
		p.Roster = b.roster.Record()
	}
	return evidence.New(p)
}

// about returns the records that are kept about a subject.
func (b bundles) about(ctx context.Context, subject record.ID) (out []record.Verified, err error) {
	es, err := b.store.Entries(ctx, subject)
	for _, e := range es {
		if !e.Rec.IsZero() {
			out = append(out, e.Rec)
		}
	}
	return out, err
}

// taken returns the taking that went along with a thread's proffer, and the offer that
// it took; zero where it took none, and the offer zero where it isn't kept.
func (b bundles) taken(ctx context.Context, own []record.Verified) (taking, offer record.Verified, err error) {
	for _, v := range own {
		id, cast, ok := evidence.TakenOffer(v)
		if !ok {
			continue
		}
		all, err := b.between(ctx, cast, v.Statement().Recipient())
		if err != nil {
			return taking, offer, err
		}
		for _, o := range all {
			if o.ID() == id {
				return v, o, nil
			}
		}
		return v, offer, nil
	}
	return taking, offer, nil
}

// lists reports whether the roster lists the terms of what a thread holds: another one's wouldn't say what was agreed to.
func (b bundles) lists(own []record.Verified) bool {
	for _, v := range own {
		if m, err := agreement.Read(v); err == nil && !m.Body.Terms.IsZero() {
			if _, ok := b.roster.Resolve(m.Body.Terms); ok {
				return true
			}
		}
	}
	return false
}

// between returns every record kept by one of two parties to the other.
func (b bundles) between(ctx context.Context, one, other record.Key) (out []record.Verified, err error) {
	for after, more := uint64(0), true; more; {
		es, err := b.store.Feed(ctx, after, 0)
		if err != nil {
			return nil, err
		}
		for _, e := range es {
			st := e.Entry.Rec.Statement()
			by, to := st.Author(), st.Recipient()
			if !e.Entry.Rec.IsZero() && (by == one && to == other || by == other && to == one) {
				out = append(out, e.Entry.Rec)
			}
			after = e.Seq
		}
		more = len(es) > 0
	}
	return out, nil
}
