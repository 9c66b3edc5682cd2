package agreement

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// memory keeps a Decider's word, so that it isn't asked again when the journal changed.
type memory struct {
	body record.ID
	said *Decision
}

// change is one change of a thread being worked out.
type change struct {
	s     *Service
	t     *thread
	a     Agreement
	now   time.Time
	asked *memory
	es    []record.Entry
	act   *act
	made  []record.Verified
}

func (c *change) work(ctx context.Context, in input) error {
	fresh := c.a.proffer == nil
	if fresh && (in.known || len(in.msgs) == 0) {
		return fmt.Errorf("%w: %s", ErrUnknown, c.t.id.Short())
	}
	if fresh {
		c.a = For(in.me)
	}
	if err := c.take(ctx, in); err != nil {
		return err
	}
	err := c.s.Ready(ctx, c.a.proffer.m.key(c.a.me), c.a.proffer.m.key(c.a.me.Other()))
	if err != nil {
		return c.unready(in, err)
	}
	if err := c.asks(ctx, in, fresh); err != nil {
		return err
	}
	if r, must := c.a.mustEnd(); must && c.act == nil {
		err = c.do(c.a.ended(r, ""))
	}
	if err == nil && c.act != nil && c.act.kind == KindAccept {
		err = c.countersign(ctx)
	}
	return err
}

// asks does what the input asks for beside taking what came.
func (c *change) asks(ctx context.Context, in input, fresh bool) error {
	switch {
	case in.decision != nil:
		return c.do(c.a.decided(*in.decision, c.now))
	case in.end != nil:
		return c.do(c.a.ended(in.end.reason, in.end.text))
	case in.ask:
		return c.ask(ctx, fresh)
	}
	return nil
}

// unready keeps what came, where that waits for nothing that this side would sign.
func (c *change) unready(in input, err error) error {
	if in.decision != nil || in.end != nil || c.a.me == Second && !c.a.asks().IsZero() && len(c.es) > 0 {
		return err
	}
	return nil
}

// take applies what came. One message that is refused refuses the whole request; of an
// answer's several, the others count.
func (c *change) take(ctx context.Context, in input) error {
	var refused error
	for _, m := range in.msgs {
		next, err := c.a.Apply(m, c.now)
		if errors.Is(err, ErrContradiction) && m.By != c.a.me {
			c.s.Contradicted(ctx, m.key(c.a.me), m.key(m.By), m.Rec)
		}
		if err != nil {
			refused = err
			continue
		}
		if !next.same(c.a) {
			c.entry(record.Entry{Rec: m.Rec, Mine: m.By == c.a.me})
		}
		if c.a.proffer == nil {
			for _, w := range in.with {
				c.entry(record.Entry{Rec: w, Mine: m.By == c.a.me})
			}
			next.with = in.with
		}
		c.a = next
	}
	for _, n := range in.notes {
		if next := c.a.note.add(n, c.now); next != c.a.note {
			c.a.note = next
			c.entry(record.Entry{Note: n})
		}
	}
	if refused != nil && len(c.es) == 0 {
		return refused
	}
	return nil
}

func (c *change) entry(e record.Entry) {
	e.Subject, e.At = c.t.id, c.now
	c.es = append(c.es, e)
}

func (c *change) do(x act, err error) error {
	if err == nil {
		c.act = &x
	}
	return err
}

// ask has the Decider decide about a body that waits and that no human was asked about.
func (c *change) ask(ctx context.Context, fresh bool) error {
	id := c.a.asks()
	if id.IsZero() || c.a.note.asked == id {
		return nil
	}
	p := c.a.asking()
	if c.now.After(p.Body.AnswerBy) {
		if fresh {
			return fmt.Errorf("%w: it was until %s", ErrExpired, p.Body.AnswerBy.Format(time.RFC3339))
		}
		return nil
	}
	if c.asked.said == nil || c.asked.body != id {
		d, err := c.s.Decider.Decide(ctx, p)
		if err != nil && c.a.me == First && len(c.es) > 0 {
			c.s.Log.Warn("the decision on an alternative failed; it is asked for again", "id", id, "err", err)
			return nil
		}
		if err != nil {
			return fmt.Errorf("decide on %s: %w", id.Short(), err)
		}
		*c.asked = memory{body: id, said: &d}
	}
	if d := *c.asked.said; d.Kind != Ask {
		return c.do(c.a.decided(d, c.now))
	}
	if c.a.me == Second && !c.s.waiting.room(c.a.First()) {
		return ErrTooMany
	}
	n := askedNote(id)
	c.a.note = c.a.note.add(n, c.now)
	c.entry(record.Entry{Note: n})
	return nil
}

// asking returns what a Decider is asked about. The caller checked that something waits.
func (a Agreement) asking() Proffer {
	p := Proffer{ID: a.asks(), First: a.First(), Second: a.Second(), Body: a.proffer.m.Body, With: a.with}
	if a.me == First {
		p.Body = a.alts[0].body.m.Body
	}
	return p
}

// countersign adds this side's signature to the body that the act accepts.
func (c *change) countersign(ctx context.Context) error {
	f := c.a.proffer
	if c.a.me == First {
		f = c.a.alts[0].body
	}
	signer, err := c.s.Keys.Signer(ctx, f.m.key(c.a.me))
	if err != nil {
		return err
	}
	sig, err := signer.Sign(ctx, f.m.Rec.Statement(), c.a.me.role())
	if err != nil {
		return err
	}
	whole, err := f.m.Rec.Record().With(sig)
	if err != nil {
		return err
	}
	return c.own(whole)
}

// own applies a record that this side has just signed, by the same gate and rules as any other.
func (c *change) own(r record.Record) error {
	m, next, err := c.a.applyOwn(r, c.now)
	if err != nil {
		return err
	}
	c.a = next
	c.made = append(c.made, m.Rec)
	c.entry(record.Entry{Rec: m.Rec, Mine: true})
	return nil
}

// applyOwn verifies all but the signatures, which were made or verified here.
func (a Agreement) applyOwn(r record.Record, now time.Time) (Message, Agreement, error) {
	v, err := r.Verify(record.Want{At: now, Known: r.Signatures()})
	if err != nil {
		return Message{}, a, err
	}
	m, err := Read(v)
	if err != nil {
		return Message{}, a, err
	}
	next, err := a.Apply(m, now)
	return m, next, err
}

// store appends what was worked out, with what the act says at its place in the chain.
func (c *change) store(ctx context.Context) error {
	linked := c.act != nil && c.act.kind != KindAccept
	var err error
	switch {
	case linked:
		err = c.storeLinked(ctx)
	case len(c.es) > 0:
		err = c.s.Journal.Append(ctx, c.t.id, c.t.n, c.es)
	default:
		return nil
	}
	if err != nil {
		c.t.loaded = false // it may be stored all the same
		return err
	}
	c.t.loaded = c.t.a.proffer != nil || c.t.n == 0 // else what damage left of it counts from now on
	c.t.a, c.t.n = c.a, c.t.n+len(c.es)
	c.s.waiting.note(c.a)
	return nil
}

func (c *change) storeLinked(ctx context.Context) error {
	mine, theirs := c.a.proffer.m.key(c.a.me), c.a.proffer.m.key(c.a.me.Other())
	signer, err := c.s.Keys.Signer(ctx, mine)
	if err != nil {
		return err
	}
	nonce, err := c.s.nonce()
	if err != nil {
		return err
	}
	came, before := slices.Clip(c.es), c.a
	return c.s.Journal.AppendLinked(ctx, mine, theirs, c.t.n, func(l record.Link) ([]record.Entry, error) {
		c.es, c.a, c.made = came, before, nil
		d, err := c.a.draft(*c.act, l, nonce, c.now)
		if err != nil {
			return nil, err
		}
		r, err := sign(ctx, d, signer)
		if err != nil {
			return nil, err
		}
		if err := c.own(r); err != nil {
			return nil, err
		}
		return c.es, nil
	})
}

func sign(ctx context.Context, d record.Draft, by record.Signer) (record.Record, error) {
	st, err := record.New(d)
	if err != nil {
		return record.Record{}, err
	}
	return record.SignBy(ctx, st, by)
}

// same reports whether b holds what a does: what Apply left alone is the same fact.
func (a Agreement) same(b Agreement) bool {
	return a.proffer == b.proffer && a.whole == b.whole && a.alts == b.alts && a.declines == b.declines && a.ends == b.ends &&
		len(a.receipts[0]) == len(b.receipts[0]) && len(a.receipts[1]) == len(b.receipts[1])
}
