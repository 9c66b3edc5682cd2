package courier

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/road"
)

func listen(t *testing.T) host.Host {
	t.Helper()
	h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/udp/0/quic-v1"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// called records who was asked.
type called struct{ to peer.ID }

func (c *called) Call(_ context.Context, to peer.ID, _ exchange.Protocol, req []byte) answer.Outcome {
	c.to = to
	return answer.Outcome{Resp: req}
}

func (c *called) Speaks(_ context.Context, to peer.ID, _ exchange.Protocol) (bool, error) {
	c.to = to
	return true, nil
}

func TestACardGoesBeforeWhatWasHeard(t *testing.T) {
	h, vendor, other := listen(t), listen(t), listen(t)
	bakery, bob := recordtest.Signer("the bakery").Key(), recordtest.Signer("bob").Key()
	cards := map[record.Key][]road.Road{bakery: Own(vendor)}
	var x called
	c := New(h, &x, func(k record.Key) []road.Road { return cards[k] })
	l := c.Line(exchange.Protocol{})

	if out := l.Call(t.Context(), bob, nil); !errors.Is(out.Err(), answer.ErrNoRoad) || x.to != "" {
		t.Errorf("a party without a road: %v", out.Err())
	}
	if _, err := l.Speaks(t.Context(), bob); !errors.Is(err, answer.ErrNoRoad) {
		t.Errorf("asked whether it speaks: %v", err)
	}
	for _, k := range []record.Key{bakery, bob} {
		if err := c.Learn(k, Own(other)); err != nil {
			t.Fatal(err)
		}
	}
	if out := l.Call(t.Context(), bakery, []byte("x")); string(out.Resp) != "x" || x.to != vendor.ID() {
		t.Errorf("asked %s, want the peer of the card", x.to)
	}
	if out := l.Call(t.Context(), bob, nil); out.Err() != nil || x.to != other.ID() {
		t.Errorf("asked %s, want the peer that was heard", x.to)
	}
	if got := h.Peerstore().Addrs(vendor.ID()); len(got) == 0 {
		t.Error("the dialler was told no address of the card")
	}
}

func TestRoadsThatCantBeReadArePassedOver(t *testing.T) {
	h := listen(t)
	good := Own(h)
	bad := road.Road{Peer: []byte("no peer"), Addresses: [][]byte{{1}}}
	info, err := First(append([]road.Road{bad}, good...))
	if err != nil || info.ID != h.ID() {
		t.Errorf("First = %v, %v", info, err)
	}
	if _, err := First([]road.Road{bad}); err == nil {
		t.Error("a road without a peer was taken")
	}
	c := New(h, &called{}, func(record.Key) []road.Road { return nil })
	if err := c.Learn(recordtest.Signer("bob").Key(), []road.Road{bad}); err == nil {
		t.Error("it was learnt")
	}
	for _, a := range Addresses(append(good, bad)) {
		if !strings.HasSuffix(a, "/p2p/"+h.ID().String()) {
			t.Errorf("address %s", a)
		}
	}
}

func TestOutsideAnExchangeNothingIsHeard(t *testing.T) {
	c := New(listen(t), &called{}, func(record.Key) []road.Road { return nil })
	c.Heard(t.Context(), recordtest.Signer("bob").Key())
	if _, err := c.Peer(recordtest.Signer("bob").Key()); !errors.Is(err, answer.ErrNoRoad) {
		t.Errorf("err = %v", err)
	}
}
