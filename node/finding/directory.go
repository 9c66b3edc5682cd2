package finding

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// maxDirectory is how many cards are taken from one steward in one Refresh: what a desk keeps.
const maxDirectory = 1 << 14

const (
	tableDirectory store.Table = "directory" // community ‖ organisation's key → nothing: who was found there
	tableCursors   store.Table = "cursors"   // community ‖ steward's peer id → how far its directory was read
)

// Refresh fetches what is new in the directory of a community from the first steward
// that answers: whole the first time, then what has changed. The steward learns that this node
// asked, not what for. A steward reads its own desk. Errors: ErrUnknown, ErrUnreachable, the store's.
func (f *Finder) Refresh(ctx context.Context, id record.ID) error {
	m, err := f.member(id)
	if err != nil {
		return err
	}
	read := func(c community.Client, from peer.ID) error { return f.readDirectory(ctx, m, from, c) }
	if m.desk != nil {
		own := community.Handler(f.deskOf)
		return read(community.Client{Community: id, Call: func(ctx context.Context, req []byte) answer.Outcome {
			resp, err := own(ctx, req)
			return answer.Outcome{Resp: resp, Inferred: err}
		}}, f.cfg.Host.ID())
	}
	return f.ask(ctx, m, read)
}

func (f *Finder) readDirectory(ctx context.Context, m *member, from peer.ID, c community.Client) error {
	cursor, err := f.directoryCursor(ctx, m.founding.ID, from)
	if err != nil {
		return err
	}
	for taken := 0; taken < maxDirectory; {
		p, err := c.Cards(ctx, category.Path{}, cursor)
		if err != nil {
			return err
		}
		for _, b := range p.Items {
			if err := f.take(ctx, m.founding.ID, b); err != nil {
				return err
			}
		}
		taken += len(p.Items)
		if cursor = p.Cursor; !p.More {
			break
		}
	}
	return f.setDirectoryCursor(ctx, m.founding.ID, from, cursor)
}

// take looks at one card that somebody handed over, and takes it into the book where it is live and
// signed. What isn't is the fault of who handed it over, and is passed over.
func (f *Finder) take(ctx context.Context, id record.ID, card []byte) error {
	if v, c, err := profile.Verify(card, f.cfg.Now()); err == nil && c.Live(f.cfg.Now()) == nil {
		return f.see(ctx, id, v, c)
	}
	return nil
}

// see takes a verified card into the book, as of an organisation of the community.
func (f *Finder) see(ctx context.Context, id record.ID, v record.Verified, c profile.Card) error {
	f.forks.see(c)
	if _, err := f.cfg.Book.SeeCard(ctx, v); err != nil {
		return err
	}
	at := place{id, c.Key}
	f.mu.Lock()
	_, known := f.places[at]
	f.places[at] = struct{}{}
	f.mu.Unlock()
	if known {
		return nil
	}
	if err := f.cfg.Tables.Put(ctx, tableDirectory, at.key(), []byte{}); err != nil {
		return fmt.Errorf("keep the directory: %w", err)
	}
	return nil
}

// place says that an organisation was found in a community.
type place struct {
	community    record.ID
	organisation record.Key
}

func (p place) key() []byte { return append(p.community[:], p.organisation[:]...) }

func (f *Finder) loadPlaces(ctx context.Context) error {
	var after []byte
	for {
		rows, err := f.cfg.Tables.Scan(ctx, tableDirectory, nil, after, store.MaxLimit)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if len(r.Key) != 64 {
				return fmt.Errorf("%w: a row of the directory", store.ErrCorrupt)
			}
			k, err := record.ParseKey(r.Key[32:])
			if err != nil {
				return err
			}
			f.places[place{record.ID(r.Key[:32]), k}] = struct{}{}
			after = r.Key
		}
		if len(rows) < store.MaxLimit {
			return nil
		}
	}
}

func (f *Finder) directoryCursor(ctx context.Context, id record.ID, from peer.ID) (uint64, error) {
	b, err := f.cfg.Tables.Get(ctx, tableCursors, append(id[:], from...))
	if errors.Is(err, store.ErrNotFound) || err == nil && len(b) != 8 {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(b), nil
}

func (f *Finder) setDirectoryCursor(ctx context.Context, id record.ID, from peer.ID, cursor uint64) error {
	return f.cfg.Tables.Put(ctx, tableCursors, append(id[:], from...), binary.BigEndian.AppendUint64(nil, cursor))
}
