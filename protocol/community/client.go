package community

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/record"
)

// Client asks one steward about one community. Its methods return what the outcome's
// Err returns (*answer.Refusal, answer.ErrTurned, or what was inferred), and ErrAnswer.
type Client struct {
	Community record.ID
	// Call carries one request of StewardID to the steward. Whoever has only an invite
	// knows no key yet, so who is called is the caller's to bind.
	Call func(ctx context.Context, req []byte) answer.Outcome
}

// Founding asks for the founding record and verifies that it is the community's own.
// Errors also: Verify's.
func (c Client) Founding(ctx context.Context) (record.Verified, Founding, error) {
	m, err := c.ask(ctx, &bywayv1.StewardRequest{Ask: &bywayv1.StewardRequest_Founding{Founding: &bywayv1.FoundingAsk{}}})
	if err != nil {
		return record.Verified{}, Founding{}, err
	}
	return Verify(m.GetFounding(), c.Community)
}

// Cast asks to publish a cast or withdrawal, given in its gossip form.
func (c Client) Cast(ctx context.Context, message []byte) error {
	_, err := c.ask(ctx, &bywayv1.StewardRequest{Ask: &bywayv1.StewardRequest_Cast{Cast: &bywayv1.CastAsk{Message: message}}})
	return err
}

// Card asks to take the caller's own card into the directory.
func (c Client) Card(ctx context.Context, card []byte) error {
	_, err := c.ask(ctx, &bywayv1.StewardRequest{Ask: &bywayv1.StewardRequest_Card{Card: &bywayv1.CardAsk{Card: card}}})
	return err
}

// Cards asks for the cards numbered after cursor (0: from the start), of those that
// deal in top, or of all where top is zero.
func (c Client) Cards(ctx context.Context, top category.Path, cursor uint64) (Page, error) {
	m, err := c.ask(ctx, &bywayv1.StewardRequest{Ask: &bywayv1.StewardRequest_Directory{
		Directory: &bywayv1.DirectoryAsk{Cursor: cursor, Top: top.String()},
	}})
	if err != nil {
		return Page{}, err
	}
	return page(m.GetCards(), m, cursor)
}

// Live asks for the live casts numbered after cursor, as Cards does for cards.
func (c Client) Live(ctx context.Context, top category.Path, cursor uint64) (Page, error) {
	m, err := c.ask(ctx, &bywayv1.StewardRequest{Ask: &bywayv1.StewardRequest_Live{
		Live: &bywayv1.LiveAsk{Cursor: cursor, Top: top.String()},
	}})
	if err != nil {
		return Page{}, err
	}
	return page(m.GetCasts(), m, cursor)
}

func (c Client) ask(ctx context.Context, m *bywayv1.StewardRequest) (*bywayv1.StewardResponse, error) {
	m.Community = c.Community[:]
	req, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, err
	}
	if len(req) > MaxRequest {
		return nil, fmt.Errorf("%w: a request of %d bytes, at most %d", record.ErrTooLarge, len(req), MaxRequest)
	}
	out := c.Call(ctx, req)
	if err := out.Err(); err != nil {
		return nil, err
	}
	if len(out.Resp) > MaxResponse {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrAnswer, len(out.Resp), MaxResponse)
	}
	var resp bywayv1.StewardResponse
	if err := proto.Unmarshal(out.Resp, &resp); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return &resp, nil
}

// page holds that a listing makes progress, so that reading one to its end ends.
func page(items [][]byte, m *bywayv1.StewardResponse, after uint64) (Page, error) {
	p := Page{Items: items, Cursor: m.GetCursor(), More: m.GetMore()}
	switch {
	case len(items) > MaxPage:
		return Page{}, fmt.Errorf("%w: %d items, at most %d", ErrAnswer, len(items), MaxPage)
	case p.Cursor < after, p.Cursor == after && (p.More || len(items) > 0):
		return Page{}, fmt.Errorf("%w: cursor %d after %d", ErrAnswer, p.Cursor, after)
	case p.More && len(items) == 0:
		return Page{}, fmt.Errorf("%w: an empty page with more behind it", ErrAnswer)
	}
	return p, nil
}
