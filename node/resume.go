package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/node/resuming"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
)

var resumeProtocol = exchange.Protocol{
	ID: resume.ID, MaxRequest: resume.MaxRequest, MaxResponse: resume.MaxResponse,
	Timeout: resume.Timeout, Rate: rate.Limit(resume.Rate), Burst: resume.Burst,
}

// openResuming signs what has to be said first in a new epoch: before anybody else signs or is answered.
func (r *running) openResuming(ctx context.Context) (err error) {
	c := resuming.Config{
		Store: r.store, Keys: r.ids, Caller: r.courier.Line(resumeProtocol), Heard: r.courier.Heard,
		Agreements: func() resuming.Agreements { return r.service }, Now: r.node.parts.Now, Log: r.node.config.Log,
	}
	if r.person != nil {
		c.Offers, c.Others = r.person.Recover, r.answerers
	} else {
		c.Offers, c.Others = r.vendor.Recover, r.casters
	}
	r.resuming, err = resuming.Open(ctx, c)
	return err
}

// answerers returns each key of a cast that takes offers with each organisation that she knows:
// one of them may have answered after what this node still has.
func (r *running) answerers(ctx context.Context) (out []resuming.Pair, err error) {
	keys, err := r.person.Live(ctx)
	for _, k := range keys {
		for _, c := range r.book.List() {
			if slices.Contains(c.Card.Speaks, resume.ID) {
				out = append(out, resuming.Pair{Me: k, Them: c.Key})
			}
		}
	}
	return out, err
}

// maxCasters is how many casts an organisation asks about after a loss, the newest: each
// costs a signature and a request.
const maxCasters = 1000

// casters returns this organisation with the key of each cast that it heard and that still
// takes offers: it may have made one after what this node still has. Each says how its key is reached.
func (r *running) casters(ctx context.Context) (out []resuming.Pair, err error) {
	live, err := r.vendor.Intentions(ctx, false)
	for _, i := range live[max(0, len(live)-maxCasters):] {
		if err := r.courier.Learn(i.Key, i.Reply); err != nil {
			r.node.config.Log.Debug("a cast's key can't be reached", "cast", i.ID.Short(), "error", err)
			continue
		}
		out = append(out, resuming.Pair{Me: r.key, Them: i.Key})
	}
	return out, err
}

// heard remembers a road, and has what waits for that party tried.
func (r *running) heard(ctx context.Context, from record.Key) {
	r.courier.Heard(ctx, from)
	r.resuming.Reached(from)
}

// ready implements agreement.Config's Ready.
func (r *running) ready(ctx context.Context, me, them record.Key) error {
	return r.resuming.Ready(ctx, me, them)
}

// contradicted implements agreement.Config's Contradicted.
func (r *running) contradicted(ctx context.Context, me, them record.Key, v record.Verified) {
	r.resuming.Contradicted(ctx, me, them, v)
}

// line is the caller of a protocol, as those call it that can be overtaken by another node of this party.
func (r *running) line(p exchange.Protocol) resuming.Line {
	return resuming.Line{Caller: r.courier.Line(p), Resuming: func() *resuming.Resuming { return r.resuming }}
}

// guarded is the store as protocols see it: it takes nothing of an epoch that ended.
type guarded struct {
	parts.Store
	journal resuming.Journal
}

func (r *running) guarded() guarded {
	return guarded{r.store, resuming.Journal{Journal: r.store, Resuming: func() *resuming.Resuming { return r.resuming }}}
}

// Append implements parts.Store.
func (g guarded) Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error {
	return g.journal.Append(ctx, subject, expect, es)
}

// AppendLinked implements parts.Store.
func (g guarded) AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error {
	return g.journal.AppendLinked(ctx, me, them, expect, build)
}

// resumes says how far this node is in getting back what it lost.
func (o owner) resumes() (out []localapi.Note) {
	s := o.resuming.Standing(o.called)
	switch {
	case s.Waiting > 0:
		out = append(out, localapi.Note{Level: localapi.NoteNotice, Text: fmt.Sprintf(
			"after a loss %d of %d relationships wait until the other side is reached and sends back what is missing; until then nothing is decided in them", s.Waiting, s.Begun)})
	case s.Begun > 0 && s.Stopped == 0:
		text := "after a loss the one relationship is resumed"
		if s.Begun > 1 {
			text = fmt.Sprintf("after a loss all %d relationships are resumed", s.Begun)
		}
		out = append(out, localapi.Note{Level: localapi.NoteOK, Text: text})
	}
	for _, w := range s.Warnings {
		out = append(out, localapi.Note{Level: localapi.NoteNotice, Text: w})
	}
	return out
}

// restoredFrom says which backup this node is from, as long as it has made none itself.
func (o owner) restoredFrom(ctx context.Context) ([]localapi.Note, error) {
	from := o.resuming.Standing(o.called).Restored
	k, err := keeping(o).keeper()
	if from.At.IsZero() || errors.Is(err, errMemory) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := k.made(ctx)
	if err != nil || slices.ContainsFunc(rows, func(r madeRow) bool { return r.File != from.Backup && !r.Made.Before(from.Made) }) {
		return nil, err
	}
	at := func(t time.Time) string { return t.In(o.node.parts.Now().Location()).Format("2006-01-02 15:04 MST") }
	return []localapi.Note{{Level: localapi.NoteNotice, Text: fmt.Sprintf(
		"this node was restored at %s from the backup of %s (%s), and no backup was made since: byway backup DIR", at(from.At), at(from.Made), from.Backup)}}, nil
}

// called writes a key as the owner knows it.
func (r *running) called(k record.Key) string {
	if c, ok := r.book.Get(k); ok {
		return c.Label()
	}
	return k.Short()
}

// beside reports whether a record is kept beside what it belongs to, since it contradicts that.
func beside(e record.Entry) bool {
	st := e.Rec.Statement()
	one, other := resume.Subject(st.Author(), st.Recipient()), resume.Subject(st.Recipient(), st.Author())
	return e.Subject == one || e.Subject == other
}
