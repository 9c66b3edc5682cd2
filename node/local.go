package node

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/courier"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/listing"
	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
)

// services are the handlers of the control API, over the parts of the node.
func (r *running) services() localapi.Services {
	answers := localapi.Answers{Get: r.service.Get, Wait: r.store.Wait, Now: r.node.parts.Now}
	d := &localapi.Dealing{
		Settings: settings{r.dealing, r.changed}, Agreements: r.service, Threads: threads{r.listing, r.store}, Book: r.book, Roster: r.roster,
		Answers: answers, Now: r.node.parts.Now, Organisation: r.who.Organisation != "",
	}
	s := localapi.Services{
		Node:    &localapi.Node{Owner: owner{r}, Items: r.inbox, Book: r.book, Addresses: courier.Addresses, Wait: r.store.Wait},
		Dealing: d,
		Finding: &localapi.Finding{Communities: communities{r}, Addresses: courier.Addresses},
	}
	c := &localapi.Casting{Book: r.book, Communities: communities{r}, Listed: r.listing, Answers: answers, Now: r.node.parts.Now}
	if r.person != nil {
		c.Person = r.person
	} else {
		c.Shop = shop{r.vendor, r.changed}
	}
	s.Casting = c
	s.Vault = &localapi.Vault{Dealing: d, Fields: fields{running: r, renew: keeping{r}.renew}}
	s.Keeping = &localapi.Keeping{Keeper: keeping{r}}
	s.Evidence = &localapi.Evidence{Dealing: d, Bundles: bundles{r}}
	s.Relations = &localapi.Relations{Chains: chains{r}, Contact: r.book.Get, Resolve: chains{r}.resolve}
	return s
}

// threads lists and reads what is kept about agreements.
type threads struct {
	*listing.Listing
	store parts.Store
}

func (t threads) Entries(ctx context.Context, subject record.ID) ([]record.Entry, error) {
	return t.store.Entries(ctx, subject)
}

// threadsOf lists the subjects that began with one type of record.
func (r *running) threadsOf(ctx context.Context, t record.Type, after uint64, limit int) (ids []record.ID, next uint64, err error) {
	es, err := r.store.Subjects(ctx, t, after, limit)
	next = after
	for _, e := range es {
		if next = e.Seq; !beside(e.Entry) {
			ids = append(ids, e.Entry.Subject)
		}
	}
	return ids, next, err
}

// owner is the node as its owner steers it.
type owner struct{ *running }

// Shutdown asks whoever runs the node to close it.
func (o owner) Shutdown() { o.asked.Do(func() { close(o.node.asked) }) }

// Meet implements localapi.Owner.
func (o owner) Meet(ctx context.Context, address string) (contacts.Contact, error) {
	info, err := peer.AddrInfoFromString(address)
	if err != nil {
		return contacts.Contact{}, localapi.Fail(localapi.BadInput, "%q is no address: %v", address, err).Hint("an address as `byway status` prints it there")
	}
	if err := o.host.Connect(ctx, *info); err != nil {
		return contacts.Contact{}, localapi.Fail(localapi.Failed, "can't reach %s: %v", info.ID, err).Hint("byway status over there, to see where it listens")
	}
	v, card, err := profile.Fetch(ctx, func(ctx context.Context, req []byte) answer.Outcome {
		return o.exchange.Call(ctx, info.ID, profileProtocol, req)
	}, o.node.parts.Now())
	if err != nil {
		return contacts.Contact{}, fmt.Errorf("ask %s for its card: %w", info.ID, err)
	}
	if o.ids.Owns(card.Key) {
		return contacts.Contact{}, localapi.Fail(localapi.BadInput, "that is this node itself")
	}
	return o.book.SeeCard(ctx, v)
}

// Status implements localapi.Owner.
func (o owner) Status(ctx context.Context) (localapi.Status, error) {
	size, err := o.store.Size(ctx)
	if err != nil {
		return localapi.Status{}, err
	}
	waiting, err := o.inbox.Waiting(ctx)
	if err != nil {
		return localapi.Status{}, err
	}
	faults, err := o.faults(ctx)
	if err != nil {
		return localapi.Status{}, err
	}
	s := localapi.Status{
		Organisation: o.who.Organisation, PeerID: o.host.ID().String(), Addresses: courier.Addresses(courier.Own(o.host)),
		Dir: o.node.config.Dir, PID: os.Getpid(), Version: version(), Started: o.started, Peers: len(o.host.Network().Peers()),
		Bytes: size.Bytes, Entries: size.Entries, Waiting: len(waiting), Notes: append(o.notes(), faults...), Groups: communities(o).List(),
	}
	if !o.key.IsZero() {
		s.Key = o.key.String()
	}
	if s.Kept, err = keeping(o).report(ctx, size.Entries); err != nil {
		return localapi.Status{}, err
	}
	from, err := o.restoredFrom(ctx)
	if err != nil {
		return localapi.Status{}, err
	}
	owed, err := o.owed(ctx)
	s.Notes = append(append(s.Notes, from...), owed...)
	return s, err
}

// notes say what the owner should know and can't see.
func (o owner) notes() []localapi.Note {
	out := append([]localapi.Note{o.node.config.keptNote(o.kept)}, o.resumes()...)
	out = append(append(out, o.vaultNotes()...), o.catalogNotes()...)
	note := func(text string) { out = append(out, localapi.Note{Level: localapi.NoteNotice, Text: text}) }
	if o.key.IsZero() {
		note("vendors that you talk to see this node's address, and can tie your casts together by it, until sealed roads are built")
	}
	if !slices.ContainsFunc(o.host.Addrs(), func(a multiaddr.Multiaddr) bool { return !manet.IsIPLoopback(a) }) {
		note("this node is reached from this machine alone; byway up --listen ADDRESS lets others in")
	}
	for _, m := range o.finder.Communities() {
		switch {
		case m.Steward:
			note("as a steward of " + m.Founding.Name + " this node sees the address of whoever casts through it")
		case m.Role.Mesh && o.key.IsZero():
			note("in the mesh of " + m.Founding.Name + " every other node there sees this node's address")
		}
	}
	return out
}

func version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(devel)"
}
