package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// maxFaults is how many faults of one chain, and parties with faults, are shown, and how
// many that one word may mean.
const (
	maxFaults     = 8
	maxFaultsRead = 64 // for status
	maxPairsRead  = 256
)

// chains shows the chains of the store's relationships.
type chains struct{ *running }

// Relations implements localapi.Chains.
func (c chains) Relations(ctx context.Context, me, them record.Key, limit int) (out []localapi.Relation, err error) {
	ps, err := c.store.Pairs(ctx, store.Pair{Me: me, Them: them}, limit)
	if err != nil {
		return nil, err
	}
	for _, p := range ps {
		sent, held := c.resuming.Missing(p)
		r := localapi.Relation{
			Me: p.Me, Them: p.Them, Sent: p.Head.N, Held: p.HeldN, Resuming: c.resuming.Words(p.Me, p.Them),
			MissingSent: ends(sent), MissingHeld: ends(held),
		}
		fs, _, err := c.store.Faults(ctx, p.Me, p.Them, nil, maxFaults)
		if err != nil {
			return nil, err
		}
		for _, f := range fs {
			if c.resuming.Settled(f) {
				continue
			}
			r.Faults = append(r.Faults, faultOf(f))
		}
		out = append(out, r)
	}
	return out, nil
}

// resolve returns the contact that a word of the owner's means, else who has a relationship
// under a key that begins with it: a person is in no book, and is shown by the first letters of a key.
func (c chains) resolve(who string) (contacts.Contact, error) {
	known, err := c.book.Resolve(who)
	if !errors.Is(err, contacts.ErrUnknown) || len(who) < contacts.MinPrefix {
		return known, err
	}
	found := map[record.Key]contacts.Contact{}
	for after := (store.Pair{}); ; {
		ps, read := c.store.Pairs(c.ctx, after, maxPairsRead)
		if read != nil {
			return contacts.Contact{}, read
		}
		for _, p := range ps {
			if after = p; strings.HasPrefix(p.Them.String(), strings.ToLower(who)) && len(found) < maxFaults {
				found[p.Them] = contacts.Contact{Key: p.Them}
			}
		}
		if len(ps) < maxPairsRead {
			break
		}
	}
	matches := slices.Collect(maps.Values(found))
	switch len(matches) {
	case 0:
		return known, err
	case 1:
		return matches[0], nil
	}
	return contacts.Contact{}, &contacts.AmbiguousError{Who: who, Matches: matches}
}

func ends(rs []store.Range) (out [][2]uint64) {
	for _, r := range rs {
		out = append(out, [2]uint64{r.First, r.Last})
	}
	return out
}

func faultOf(f store.Fault) localapi.ChainFault {
	out := localapi.ChainFault{Text: faultWords(f), N: f.N, At: f.At}
	for _, e := range []record.Entry{f.First, f.Second} {
		if !e.Rec.IsZero() {
			out.Records = append(out.Records, e.Rec)
		}
	}
	return out
}

// faultWords says in a plain sentence what a fault of a chain is, and what to do.
func faultWords(f store.Fault) string {
	at := placeWords(f.N)
	switch {
	case f.Kind == store.Fork && f.Side == store.Sent:
		return "two statements are signed under your key at " + at + ": a copy of this node runs or ran elsewhere; stop it, back this one up and restore that"
	case f.Kind == store.Fork:
		return "they signed two statements at " + at + ": both are kept, and prove it"
	case f.Kind == store.Rewrite && f.Side == store.Held:
		return "their statement at " + at + " names another one before it than they sent: both are kept, and prove it"
	case f.Kind == store.Rewrite:
		return "your statement at " + at + " names another one before it than this node has: a copy of this node made one of them"
	case f.Kind == store.UnknownHeld:
		return "they hold a statement of yours that this node doesn't have (they name it at " + at + "): it was lost here and is asked for, or a copy of this node made it"
	}
	return "something is wrong at " + at + " that this version doesn't know"
}

func placeWords(n uint64) string {
	l := record.Link{N: n}
	if l.Epoch() == 0 {
		return fmt.Sprintf("place %d", l.Count())
	}
	return fmt.Sprintf("place %d of epoch %d", l.Count(), l.Epoch())
}

// faults says in status that a chain contradicts itself.
func (o owner) faults(ctx context.Context) ([]localapi.Note, error) {
	fs, _, err := o.store.Faults(ctx, record.Key{}, record.Key{}, nil, maxFaultsRead)
	if err != nil {
		return nil, err
	}
	var out []localapi.Note
	named := map[record.Key]bool{}
	for _, f := range fs {
		if named[f.Them] || len(out) == maxFaults || o.resuming.Settled(f) {
			continue
		}
		named[f.Them] = true
		out = append(out, localapi.Note{Level: localapi.NoteNotice, Text: fmt.Sprintf(
			"what %s says contradicts itself or what is held here; byway contacts show %s", o.called(f.Them), f.Them)})
	}
	return out, nil
}
