package exchange

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/protocol/answer"
)

// Call sends one request to a peer and returns how it ended, within p.Timeout once a
// stream is open (opening one, dialling included, has as long), and within ctx. req is
// the caller's again when Call returns.
//
// Said is answer.Unsupported, with a text that names the protocol, where the peer
// itself said that it doesn't speak p. Turned is set where the peer turned away this
// exchange, or the stream before any was on it. Inferred wraps ErrTooLarge, ErrClosed,
// ErrBroken, what libp2p says of dialling, and always ctx.Err() where ctx had ended;
// context.DeadlineExceeded where p.Timeout had. A request that the peer may have
// taken up is never sent again; one that it certainly didn't, because the stream ended
// before, is sent once more on a fresh stream.
func (x *Exchange) Call(ctx context.Context, to peer.ID, p Protocol, req []byte) answer.Outcome {
	p = p.withDefaults()
	if err := p.validate(); err != nil {
		return answer.Outcome{Inferred: err}
	}
	if len(req) > p.MaxRequest {
		return answer.Outcome{Inferred: fmt.Errorf("%w: a request of %d bytes, at most %d", ErrTooLarge, len(req), p.MaxRequest)}
	}
	for try := 0; ; try++ {
		a, err := x.asking(ctx, to, p)
		if err != nil {
			return opened(ctx, to, p, err)
		}
		out, unsent := a.ask(ctx, req)
		if !unsent || try > 0 || ctx.Err() != nil {
			return out
		}
		a.dropped()
	}
}

// Speaks asks a peer whether it answers p, by opening the stream that a Call would
// use: false only where the peer itself said that it doesn't. An error says why it
// couldn't be asked; that it turned us away, wrapped as answer.ErrTurned, is one too.
func (x *Exchange) Speaks(ctx context.Context, to peer.ID, p Protocol) (bool, error) {
	p = p.withDefaults()
	if err := p.validate(); err != nil {
		return false, err
	}
	_, err := x.asking(ctx, to, p)
	if err == nil {
		return true, nil
	}
	out := opened(ctx, to, p, err)
	if out.Said == answer.Unsupported {
		return false, nil
	}
	return false, out.Err()
}

// opened tells what it means that no stream could be opened.
func opened(ctx context.Context, to peer.ID, p Protocol, err error) answer.Outcome {
	var refusal *answer.Refusal
	switch {
	case unsupported(err):
		return answer.Outcome{Said: answer.Unsupported, Text: fmt.Sprintf("the peer doesn't speak %s", p.ID)}
	case errors.As(err, &refusal):
		return answer.Outcome{Said: refusal.Status, Text: refusal.Text}
	}
	if code := turnedBy(err); code != answer.NotTurned {
		return answer.Outcome{Turned: code}
	}
	return inferred(ctx, fmt.Errorf("no stream for %s to %s: %w", p.ID, to, err))
}

// inferred joins the context's error to what a cancelled call saw, which hides it.
func inferred(ctx context.Context, err error) answer.Outcome {
	if end := ctx.Err(); end != nil && !errors.Is(err, end) {
		err = errors.Join(err, end)
	}
	return answer.Outcome{Inferred: err}
}
