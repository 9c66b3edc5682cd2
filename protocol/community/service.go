package community

import (
	"context"
	"errors"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/record"
)

// Handler answers requests of /byway/steward/1 for the communities that find knows;
// find is called once a request, also concurrently.
func Handler(find func(community record.ID) (Steward, bool)) answer.Handler {
	return func(ctx context.Context, req []byte) ([]byte, error) {
		if len(req) > MaxRequest {
			return nil, answer.Refuse(answer.TooLarge, "%d bytes, at most %d", len(req), MaxRequest)
		}
		var m bywayv1.StewardRequest
		if err := proto.Unmarshal(req, &m); err != nil {
			return nil, answer.Refuse(answer.Malformed, "not a request to a steward")
		}
		id, err := record.IDFromBytes(m.GetCommunity())
		if err != nil {
			return nil, answer.FromGate(err)
		}
		s, ok := find(id)
		if !ok || s.Founding.ID() != id {
			return nil, answer.Refuse(answer.NotFound, "no steward of community %s", id.Short())
		}
		resp, err := s.answer(ctx, &m)
		if err != nil {
			return nil, answer.FromGate(err)
		}
		return proto.Marshal(resp)
	}
}

func (s Steward) answer(ctx context.Context, m *bywayv1.StewardRequest) (*bywayv1.StewardResponse, error) {
	switch ask := m.GetAsk().(type) {
	case *bywayv1.StewardRequest_Founding:
		return &bywayv1.StewardResponse{Founding: s.Founding.Bytes()}, nil
	case *bywayv1.StewardRequest_Cast:
		return &bywayv1.StewardResponse{}, s.Casts.Publish(ctx, ask.Cast.GetMessage())
	case *bywayv1.StewardRequest_Card:
		return &bywayv1.StewardResponse{}, s.Directory.Keep(ctx, ask.Card.GetCard())
	case *bywayv1.StewardRequest_Directory:
		p, err := s.page(ctx, s.Directory.Cards, ask.Directory.GetTop(), ask.Directory.GetCursor())
		return &bywayv1.StewardResponse{Cards: p.Items, Cursor: p.Cursor, More: p.More}, err
	case *bywayv1.StewardRequest_Live:
		p, err := s.page(ctx, s.Casts.Live, ask.Live.GetTop(), ask.Live.GetCursor())
		return &bywayv1.StewardResponse{Casts: p.Items, Cursor: p.Cursor, More: p.More}, err
	}
	return nil, answer.Refuse(answer.Unsupported, "an ask that this steward doesn't know")
}

type lister func(ctx context.Context, top category.Path, after uint64, limit int) ([]Numbered, error)

// page fills one answer from a listing.
func (s Steward) page(ctx context.Context, list lister, word string, after uint64) (Page, error) {
	var top category.Path
	if word != "" {
		f, err := Read(s.Founding)
		if err != nil {
			return Page{}, err
		}
		if top, err = category.Parse(word); err != nil || !f.Lists(top) {
			return Page{}, answer.Refuse(answer.NotFound, "%.80q isn't a top category of this community", word)
		}
	}
	// One more than fits tells whether there are more.
	found, err := list(ctx, top, after, MaxPage+1)
	if err != nil {
		return Page{}, err
	}
	p := Page{Cursor: after}
	room := MaxResponse - pageFrame
	for _, n := range found {
		if room -= len(n.Bytes) + itemFrame; room < 0 || len(p.Items) == MaxPage {
			p.More = true
			break
		}
		p.Items, p.Cursor = append(p.Items, n.Bytes), n.Seq
	}
	if p.More && len(p.Items) == 0 {
		return Page{}, errItem
	}
	return p, nil
}

// What protobuf puts around a page, and around one item of at most 64 KiB, in bytes at most.
const (
	pageFrame = 16
	itemFrame = 1 + 3
)

// errItem is a fault of whoever implements Directory or Casts: nothing that large can be taken in.
var errItem = errors.New("an item that fits no answer")
