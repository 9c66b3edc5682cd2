package localapi

import (
	"context"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/bywaynet/byway/node/contacts"
	"github.com/bywaynet/byway/node/inbox"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/road"
)

// feed is an inbox whose items all wait.
type feed struct {
	mu    sync.Mutex
	items []inbox.Item
	more  chan struct{} // closed and replaced with each item
}

func newFeed(n int) *feed {
	f := &feed{more: make(chan struct{})}
	for range n {
		f.add()
	}
	return f
}

func (f *feed) add() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.items = append(f.items, inbox.Item{Cursor: uint64(len(f.items) + 1), Kind: "proffer", At: epoch, Waiting: true})
	close(f.more)
	f.more = make(chan struct{})
}

func (f *feed) List(_ context.Context, after uint64, limit int) ([]inbox.Item, uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := slices.Clone(f.items[min(int(after), len(f.items)):])
	out = out[:min(limit, len(out))]
	return out, after + uint64(len(out)), nil
}

func (f *feed) Waiting(ctx context.Context) ([]inbox.Item, error) {
	items, _, err := f.List(ctx, 0, MaxList+1)
	return items, err
}

func (f *feed) wait(ctx context.Context, after uint64) (uint64, error) {
	for {
		f.mu.Lock()
		last, more := uint64(len(f.items)), f.more
		f.mu.Unlock()
		if last > after {
			return last, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// owner meets the bakery at any address but none.
type owner struct{ status Status }

func (o owner) Status(context.Context) (Status, error) { return o.status, nil }
func (o owner) Shutdown()                              {}

func (o owner) Meet(_ context.Context, address string) (contacts.Contact, error) {
	if address == "" {
		return contacts.Contact{}, Fail(BadInput, "no address").Hint("an address")
	}
	return contact("bakery", "The Bakery"), nil
}

func newNode(f *feed, s Status) *Node {
	return &Node{
		Owner: owner{s}, Items: f, Book: book{contact("bakery", "The Bakery")}, Wait: f.wait,
		Addresses: func([]road.Road) []string { return nil },
	}
}

func cursors(items []*localv1.Item) []uint64 {
	var out []uint64
	for _, it := range items {
		out = append(out, it.GetCursor())
	}
	return out
}

func TestInboxGivesWhatComesAfterTheCursorUpToTheLimit(t *testing.T) {
	n := newNode(newFeed(5), Status{})
	for _, c := range []struct {
		req  *localv1.InboxRequest
		want []uint64
	}{
		{&localv1.InboxRequest{}, []uint64{1, 2, 3, 4, 5}},
		{&localv1.InboxRequest{After: 2, Limit: 2}, []uint64{3, 4}},
		{&localv1.InboxRequest{After: 5}, nil},
		{&localv1.InboxRequest{Waiting: true}, []uint64{1, 2, 3, 4, 5}},
		{&localv1.InboxRequest{Waiting: true, After: 3}, []uint64{4, 5}},
		{&localv1.InboxRequest{Waiting: true, After: 1, Limit: 1}, []uint64{2}},
		{&localv1.InboxRequest{Waiting: true, After: 9}, nil},
	} {
		r, err := n.Inbox(t.Context(), c.req)
		if err != nil || !slices.Equal(cursors(r.GetItems()), c.want) {
			t.Errorf("%v: got %v (%v), want %v", c.req, cursors(r.GetItems()), err, c.want)
		}
	}
}

func TestListingIsBoundedWhateverIsAskedFor(t *testing.T) {
	n := newNode(newFeed(MaxList+1), Status{})
	r, err := n.Inbox(t.Context(), &localv1.InboxRequest{Limit: 1 << 31})
	if err != nil || len(r.GetItems()) != MaxList {
		t.Errorf("got %d items (%v), want %d", len(r.GetItems()), err, MaxList)
	}
}

func TestWatchGivesEachItemOnceOverTheSocket(t *testing.T) {
	f := newFeed(listPage + 2)
	_, c := serveAll(t, Services{Node: newNode(f, Status{})}, io.Discard)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := c.Node.WatchInbox(ctx, &localv1.WatchInboxRequest{After: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	for want := uint64(2); want <= listPage+4; want++ {
		if want > listPage+2 {
			f.add()
		}
		r, err := stream.Receive()
		if err != nil || r.GetItem().GetCursor() != want {
			t.Fatalf("got %v (%v), want the item at %d", r, err, want)
		}
	}
}

func TestStatusSaysWhichPartyTheNodeIs(t *testing.T) {
	for name, want := range map[string]string{"": "person", "The Bakery": "organisation"} {
		n := newNode(newFeed(0), Status{Organisation: name, Notes: []Note{{NoteNotice, "mind this"}}, Groups: []Community{{Name: "Town", Role: "member"}}})
		r, err := n.Status(t.Context(), &localv1.StatusRequest{})
		if err != nil || r.GetParty() != want || r.GetNotes()[0].GetLevel() != localv1.Level_LEVEL_NOTICE || r.GetCommunities()[0].GetRole() != "member" {
			t.Errorf("%q: got %v (%v)", name, r, err)
		}
	}
}

func TestBadInputToContactsIsRefusedWithAWayOut(t *testing.T) {
	n := newNode(newFeed(0), Status{})
	_, err := n.Meet(t.Context(), &localv1.MeetRequest{})
	wantFailure(t, err, BadInput, "no address", "an address")
	_, err = n.Name(t.Context(), &localv1.NameRequest{Who: "nobody", Petname: "x"})
	wantFailure(t, err, NotFound, "nobody known", "byway contacts")
	_, err = n.Name(t.Context(), &localv1.NameRequest{Who: "The Bakery"})
	wantFailure(t, err, BadInput, "petname refused", "byway contacts")
}

func TestPetnameIsGivenOnMeeting(t *testing.T) {
	n := newNode(newFeed(0), Status{})
	r, err := n.Meet(t.Context(), &localv1.MeetRequest{Address: "there", Petname: "bread"})
	if err != nil || r.GetContact().GetPetname() != "bread" || r.GetContact().GetKey() != recordtest.Signer("bakery").Key().String() {
		t.Errorf("got %v (%v)", r, err)
	}
}

func TestIDThatSeveralBeginWithListsThemUpToABound(t *testing.T) {
	alike := func(n int) []record.ID {
		ids := make([]record.ID, n) // alike but for the last byte
		for i := range ids {
			ids[i][len(ids[i])-1] = byte(i)
		}
		return ids
	}
	self := func(id record.ID) record.ID { return id }
	_, err := pick("aaaa", "byway offers", idsOf(alike(2), self))
	wantFailure(t, err, Ambiguous, "aaaa could be one of 2", "more letters")
	if got := failureFor(err).Matches; len(got) != 2 {
		t.Errorf("it lists %q", got)
	}
	_, err = pick("aaaa", "byway offers", idsOf(alike(200), self))
	wantFailure(t, err, Ambiguous, "aaaa could be one of 16 or more", "more letters")
	if got := failureFor(err).Matches; len(got) != maxMatches {
		t.Errorf("it lists %d", len(got))
	}
	last := alike(200)[199]
	if got, err := pick(last.String(), "byway offers", idsOf(alike(200), self)); err != nil || got != last {
		t.Errorf("in full: %s (%v), want %s", got, err, last)
	}
}
