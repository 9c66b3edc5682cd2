package nodetest

import (
	"context"
	"log/slog"
	"time"

	"github.com/bywaynet/byway/node/courier"
	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// Mute starts an organisation's node of another make, which gives its card and speaks
// nothing else, and returns its address.
func (n *Net) Mute(name string) string {
	n.t.Helper()
	ip := n.address()
	h, err := n.host(ip, parts.HostConfig{Seed: recordtest.Seed(name)})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = h.Close() })
	if err := parts.Listen(h, []string{listen(ip, port)}); err != nil {
		n.t.Fatal(err)
	}
	x := exchange.New(h, slog.New(slog.DiscardHandler))
	n.t.Cleanup(func() { _ = x.Close() })
	now := time.Now()
	own := func(ctx context.Context) (record.Verified, error) {
		r, err := profile.New(ctx, profile.Card{
			Name: name, Sequence: 1, Issued: now, Expires: now.Add(profile.MaxLife),
			Roads: courier.Own(h), Speaks: []string{profile.ServiceID},
		}, recordtest.Signer(name))
		if err != nil {
			return record.Verified{}, err
		}
		return r.Verify(record.Want{At: now, Complete: true})
	}
	cards := exchange.Protocol{
		ID: profile.ServiceID, MaxRequest: profile.MaxRequest, MaxResponse: profile.MaxRecord,
		Timeout: profile.Timeout, Rate: profile.Rate, Burst: profile.Burst,
	}
	if err := x.Handle(cards, profile.Handler(own)); err != nil {
		n.t.Fatal(err)
	}
	return courier.Addresses(courier.Own(h))[0]
}
