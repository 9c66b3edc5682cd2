package node

import (
	"context"
	"slices"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
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
	p := evidence.Parts{Thread: thread, At: b.node.parts.Now()}
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

// between returns every record kept by one of two parties to the other: what stands at
// the places of their chain, and what contradicts it.
func (b bundles) between(ctx context.Context, one, other record.Key) (out []record.Verified, err error) {
	subjects := map[record.ID]bool{}
	for _, p := range []store.Pair{{Me: one, Them: other}, {Me: other, Them: one}} {
		for _, side := range []store.Side{store.Sent, store.Held} {
			if err := b.subjects(ctx, p, side, subjects); err != nil {
				return nil, err
			}
		}
		forks, err := b.contradicting(ctx, p)
		if err != nil {
			return nil, err
		}
		out = append(out, forks...)
	}
	for s := range subjects {
		all, err := b.about(ctx, s)
		if err != nil {
			return nil, err
		}
		out = append(out, all...)
	}
	return slices.DeleteFunc(out, func(v record.Verified) bool {
		by, to := v.Statement().Author(), v.Statement().Recipient()
		return (by != one || to != other) && (by != other || to != one)
	}), nil
}

// subjects adds what the records of one side of a chain are kept under.
func (b bundles) subjects(ctx context.Context, p store.Pair, side store.Side, to map[record.ID]bool) error {
	for from, more := uint64(0), true; more; {
		places, err := b.store.Places(ctx, p.Me, p.Them, side, from, 0)
		if err != nil {
			return err
		}
		for _, at := range places {
			to[at.Subject] = true
			from = at.N + 1
		}
		more = len(places) > 0
	}
	return nil
}

// contradicting returns the records of a chain that the store noted as forks and rewrites.
func (b bundles) contradicting(ctx context.Context, p store.Pair) (out []record.Verified, err error) {
	for after, more := []byte(nil), true; more; {
		faults, last, err := b.store.Faults(ctx, p.Me, p.Them, after, 0)
		if err != nil {
			return nil, err
		}
		for _, f := range faults {
			for _, e := range []record.Entry{f.First, f.Second} {
				if !e.Rec.IsZero() {
					out = append(out, e.Rec)
				}
			}
		}
		after, more = last, len(faults) > 0
	}
	return out, nil
}
