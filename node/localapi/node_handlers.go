package localapi

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/inbox"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
)

// Status is what a node says of itself.
type Status struct {
	// Organisation is its name; empty for a person.
	Organisation string
	// Key is an organisation's, in full; empty for a person.
	Key       string
	PeerID    string
	Addresses []string // multiaddrs with the peer id
	Dir       string
	PID       int
	Version   string
	Started   time.Time
	Peers     int
	Groups    []Community
	Bytes     int64  // of the store, on disk
	Entries   uint64 // in the store
	Waiting   int    // items that wait for a decision
	Notes     []Note
	Kept      *Kept // nil where it is all in memory
}

// Community is what a node says of a community that it is in.
type Community struct {
	ID                record.ID
	Name, Description string
	Tops              []category.Path
	// Role is member, mesh or steward.
	Role         string
	Peers, Cards int
}

// Note is one thing that the owner should know, in plain words.
type Note struct {
	Level NoteLevel
	Text  string
}

// NoteLevel says how much a note matters.
type NoteLevel int32

// The levels.
const (
	NoteOK      NoteLevel = NoteLevel(localv1.Level_LEVEL_OK)
	NoteNotice  NoteLevel = NoteLevel(localv1.Level_LEVEL_NOTICE)
	NoteProblem NoteLevel = NoteLevel(localv1.Level_LEVEL_PROBLEM)
)

// Owner is the node itself, as its owner steers it.
type Owner interface {
	Status(ctx context.Context) (Status, error)
	// Shutdown asks the node to close, and returns before it does.
	Shutdown()
	// Meet fetches the card of the organisation at a multiaddr, and keeps it.
	Meet(ctx context.Context, address string) (contacts.Contact, error)
}

// Inbox lists what the owner should look at.
type Inbox interface {
	List(ctx context.Context, after uint64, limit int) ([]inbox.Item, uint64, error)
	Waiting(ctx context.Context) ([]inbox.Item, error)
}

// Node serves the NodeService. All its fields are required.
type Node struct {
	localv1connect.UnimplementedNodeServiceHandler
	Owner Owner
	Items Inbox
	Book  Book
	// Addresses writes roads as multiaddrs with the peer id, each good for Meet.
	Addresses func([]road.Road) []string
	// Wait returns once the feed has an entry after a place.
	Wait func(ctx context.Context, after uint64) (uint64, error)
}

// Status implements the service.
func (n *Node) Status(ctx context.Context, _ *localv1.StatusRequest) (*localv1.StatusResponse, error) {
	s, err := n.Owner.Status(ctx)
	if err != nil {
		return nil, err
	}
	w := &localv1.StatusResponse{
		Party: "person", Name: s.Organisation, Key: s.Key, PeerId: s.PeerID, Addresses: s.Addresses, Dir: s.Dir,
		Pid: int64(s.PID), Version: s.Version, Started: timestamppb.New(s.Started), Peers: uint32(s.Peers),
		Store: &localv1.Store{Bytes: s.Bytes, Entries: s.Entries}, Waiting: uint32(s.Waiting),
	}
	if s.Organisation != "" {
		w.Party = "organisation"
	}
	for _, g := range s.Groups {
		w.Communities = append(w.Communities, &localv1.CommunityStatus{Id: g.ID.String(), Name: g.Name, Role: g.Role, Peers: uint32(g.Peers), Cards: uint32(g.Cards)})
	}
	if s.Kept != nil {
		w.Keeping = s.Kept.toWire()
	}
	for _, note := range s.Notes {
		w.Notes = append(w.Notes, &localv1.Note{Level: localv1.Level(note.Level), Text: note.Text})
	}
	return w, nil
}

// Shutdown implements the service.
func (n *Node) Shutdown(context.Context, *localv1.ShutdownRequest) (*localv1.ShutdownResponse, error) {
	n.Owner.Shutdown()
	return &localv1.ShutdownResponse{}, nil
}

// Inbox implements the service.
func (n *Node) Inbox(ctx context.Context, req *localv1.InboxRequest) (*localv1.InboxResponse, error) {
	var items []inbox.Item
	var err error
	if req.GetWaiting() {
		items, err = n.waiting(ctx, req)
	} else {
		items, _, err = n.Items.List(ctx, req.GetAfter(), bounded(req.GetLimit()))
	}
	if err != nil {
		return nil, err
	}
	out := &localv1.InboxResponse{}
	for _, it := range items {
		out.Items = append(out.Items, itemToWire(it))
	}
	return out, nil
}

// waiting returns what waits after the cursor: all of it where no limit is set, since
// it comes in one answer.
func (n *Node) waiting(ctx context.Context, req *localv1.InboxRequest) ([]inbox.Item, error) {
	items, err := n.Items.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	for len(items) > 0 && items[0].Cursor <= req.GetAfter() {
		items = items[1:]
	}
	if l := int(req.GetLimit()); l > 0 && l < len(items) {
		items = items[:l]
	}
	return items, nil
}

// WatchInbox implements the service: it ends with the caller or the node.
func (n *Node) WatchInbox(ctx context.Context, req *localv1.WatchInboxRequest, out localv1connect.NodeServiceWatchInboxServerStream) error {
	after := req.GetAfter()
	for {
		items, next, err := n.Items.List(ctx, after, listPage)
		if err != nil {
			return err
		}
		for _, it := range items {
			if err := out.Send(&localv1.WatchInboxResponse{Item: itemToWire(it)}); err != nil {
				return err
			}
		}
		if after = next; len(items) == listPage {
			continue
		}
		if _, err := n.Wait(ctx, after); err != nil {
			return err
		}
	}
}

func itemToWire(it inbox.Item) *localv1.Item {
	return &localv1.Item{
		Cursor: it.Cursor, At: timestamppb.New(it.At), Kind: it.Kind, Id: it.ID.String(), Who: it.Who,
		Text: it.Text, Waiting: it.Waiting, Commands: it.Commands,
	}
}

// Meet implements the service.
func (n *Node) Meet(ctx context.Context, req *localv1.MeetRequest) (*localv1.MeetResponse, error) {
	c, err := n.Owner.Meet(ctx, req.GetAddress())
	if err != nil {
		return nil, meetFailure(req.GetAddress(), err)
	}
	if req.GetPetname() != "" {
		if c, err = n.Book.Name(ctx, c.Key, req.GetPetname()); err != nil {
			return nil, contactFailure(err)
		}
	}
	return &localv1.MeetResponse{Contact: n.contact(c)}, nil
}

// meetFailure tells somebody who has no card from somebody who says no.
func meetFailure(address string, err error) error {
	var said *answer.Refusal
	if errors.As(err, &said) || errors.Is(err, answer.ErrTurned) {
		return Fail(Failed, "no card at %s, as at a person's node: %w", address, err).Hint("the address of a shop, as `byway status` prints it there")
	}
	return dealingFailure(err)
}

// Contacts implements the service.
func (n *Node) Contacts(context.Context, *localv1.ContactsRequest) (*localv1.ContactsResponse, error) {
	out := &localv1.ContactsResponse{}
	for _, c := range n.Book.List() {
		out.Contacts = append(out.Contacts, n.contact(c))
	}
	return out, nil
}

// Name implements the service.
func (n *Node) Name(ctx context.Context, req *localv1.NameRequest) (*localv1.NameResponse, error) {
	c, err := n.Book.Resolve(req.GetWho())
	if err == nil {
		c, err = n.Book.Name(ctx, c.Key, req.GetPetname())
	}
	if err != nil {
		return nil, contactFailure(err)
	}
	return &localv1.NameResponse{Contact: n.contact(c)}, nil
}

func (n *Node) contact(c contacts.Contact) *localv1.Contact { return contactToWire(c, n.Addresses) }

func contactToWire(c contacts.Contact, addresses func([]road.Road) []string) *localv1.Contact {
	w := &localv1.Contact{
		Key: c.Key.String(), Petname: c.Petname, Name: c.Card.Name, Description: c.Card.Description, Url: c.Card.URL,
		CardIssued: stamp(c.Card.Issued), SpeaksAgreement: c.Speaks(agreement.ID), Addresses: addresses(c.Card.Roads),
	}
	for _, p := range c.Card.Categories {
		w.Categories = append(w.Categories, p.String())
	}
	for _, t := range c.Card.Accepts {
		w.Accepts = append(w.Accepts, t.ID)
	}
	return w
}
