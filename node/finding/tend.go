package finding

import (
	"context"
	"errors"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/node/mesh"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/intention"
)

const (
	// tendEvery is how often a node in the mesh looks whether it has lost its stewards.
	tendEvery = 30 * time.Second
	// catchUpEvery is how often it asks them for live casts that it missed.
	catchUpEvery = 5 * time.Minute
	// settled is how long after it entered the gossip a node still asks often: until its
	// topics are known to its peers, what is cast passes it by.
	settled = 30 * time.Second
	// settleEvery is how often it asks then.
	settleEvery = time.Second
	// stewardTag protects a connection to a steward from being trimmed.
	stewardTag = "byway-steward"
)

// enterMesh joins the gossip of these topics, nil for all.
func (f *Finder) enterMesh(ctx context.Context, m *member, tops []category.Path) error {
	e := mesh.Entry{Founding: m.founding, Tops: tops, Deliver: func(ctx context.Context, top category.Path, i intention.Item) error {
		if m.desk != nil {
			if err := m.desk.Heard(ctx, top, i); err != nil {
				return err
			}
		}
		if f.cfg.Deliver == nil {
			return nil
		}
		return f.cfg.Deliver(ctx, m.founding.ID, i)
	}}
	if m.desk != nil {
		e.Known = func(remember func([]byte)) error { return m.desk.Known(ctx, remember) }
	}
	if err := f.cfg.Mesh.Join(ctx, e); err != nil {
		return err
	}
	m.mu.Lock()
	m.entered, m.tops = true, tops
	m.mu.Unlock()
	kick(m.catchUpNow)
	return nil
}

// tend keeps a connection to each steward, and catches up on what was cast meanwhile, until ctx ends.
func (f *Finder) tend(ctx context.Context, m *member) {
	due := map[peer.ID]time.Time{}
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	unsettled := f.cfg.Now().Add(settled)
	for {
		for _, info := range f.stewards(m) {
			if f.cfg.Host.Network().Connectedness(info.ID) != network.Connected {
				if f.dial(ctx, info) != nil {
					continue
				}
				f.cfg.Host.ConnManager().Protect(info.ID, stewardTag)
				delete(due, info.ID)
			}
			if f.cfg.Now().Before(due[info.ID]) {
				continue
			}
			if err := f.catchUp(ctx, m, info.ID); err != nil && ctx.Err() == nil {
				f.cfg.Log.Warn("a steward's list of live casts couldn't be read", "community", m.founding.ID.Short(), "err", err)
				continue
			}
			if due[info.ID] = f.cfg.Now().Add(catchUpEvery); f.cfg.Now().Before(unsettled) {
				due[info.ID] = f.cfg.Now().Add(settleEvery)
			}
		}
		if !f.cfg.Now().Before(unsettled) {
			tick.Reset(tendEvery)
		}
		select {
		case <-ctx.Done():
			return
		case <-m.catchUpNow:
			clear(due)
			unsettled = f.cfg.Now().Add(settled)
			tick.Reset(settleEvery)
		case <-tick.C:
		}
	}
}

// catchUp takes what a steward lists of the member's topics, from where it stopped the last time. The cursor
// isn't kept over a restart: the validator's memory isn't either, and a list from its start brings back both.
func (f *Finder) catchUp(ctx context.Context, m *member, from peer.ID) error {
	m.mu.Lock()
	entered, tops := m.entered, m.tops
	m.mu.Unlock()
	if !entered {
		return nil
	}
	if tops == nil {
		tops = []category.Path{{}} // of all
	}
	for _, top := range tops {
		key := string(from) + " " + top.String()
		cursor, err := f.readLive(ctx, m, from, top, m.cursor(key))
		m.setCursor(key, cursor)
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *Finder) readLive(ctx context.Context, m *member, from peer.ID, top category.Path, cursor uint64) (uint64, error) {
	c := f.client(m.founding.ID, from)
	for {
		p, err := c.Live(ctx, top, cursor)
		if err != nil {
			return cursor, err
		}
		for _, form := range p.Items {
			// What the validator refuses was seen before, or is the steward's fault.
			if err := f.cfg.Mesh.Take(ctx, m.founding.ID, top, form); err != nil && !errors.Is(err, mesh.ErrRefused) {
				return cursor, err
			}
		}
		if cursor = p.Cursor; !p.More {
			return cursor, nil
		}
	}
}

func (m *member) cursor(key string) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[key]
}

func (m *member) setCursor(key string, cursor uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen[key] = cursor
}
