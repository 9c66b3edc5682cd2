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
	"github.com/bywaynet/byway/store"
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

func none(record.Key) ([]road.Road, []string) { return nil, nil }

func open(t *testing.T, h host.Host, x Exchange, s *store.Memory, card func(record.Key) ([]road.Road, []string)) *Courier {
	t.Helper()
	c, err := Open(t.Context(), Config{Host: h, Exchange: x, Tables: s, Card: card})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// heardFrom has c hear a request of k that came from another host, for real.
func heardFrom(t *testing.T, c *Courier, at, from host.Host, k record.Key) {
	t.Helper()
	p := exchange.Protocol{ID: "/byway/hail/1", MaxRequest: 1, MaxResponse: 1}
	there, here := exchange.New(at, nil), exchange.New(from, nil)
	defer func() { _ = there.Close(); _ = here.Close() }()
	if err := there.Handle(p, func(ctx context.Context, _ []byte) ([]byte, error) { c.Heard(ctx, k); return nil, nil }); err != nil {
		t.Fatal(err)
	}
	if err := from.Connect(t.Context(), peer.AddrInfo{ID: at.ID(), Addrs: at.Addrs()}); err != nil {
		t.Fatal(err)
	}
	at.Peerstore().AddAddrs(from.ID(), from.Addrs(), addressTTL) // as identify does
	if out := here.Call(t.Context(), at.ID(), p, nil); out.Err() != nil {
		t.Fatal(out.Err())
	}
	at.RemoveStreamHandler(p.ID)
}

func TestAReplayedRequestDoesntDrawTheRoadAway(t *testing.T) {
	h, alice, mallory := listen(t), listen(t), listen(t)
	k := recordtest.Signer("alice").Key()
	x, s := &called{}, store.NewMemory()
	c := open(t, h, x, s, none)
	heardFrom(t, c, h, alice, k)
	heardFrom(t, c, h, mallory, k)
	if p, err := c.Peer(k); err != nil || p != alice.ID() {
		t.Fatalf("the road leads to %s, %v", p, err)
	}
	if p, err := open(t, h, x, s, none).Peer(k); err != nil || p != alice.ID() {
		t.Fatalf("after a restart it leads to %s, %v", p, err)
	}
	x.fails = errors.New("nobody there")
	if out := c.Line(exchange.Protocol{}).Call(t.Context(), k, nil); out.Inferred == nil {
		t.Fatal("a call to nobody went well")
	}
	if p, err := c.Peer(k); err != nil || p != mallory.ID() {
		t.Errorf("once the first road failed it leads to %s, %v", p, err)
	}
}

func TestACardSaysWhatIsSpoken(t *testing.T) {
	bakery := recordtest.Signer("the bakery").Key()
	c := open(t, listen(t), &called{}, store.NewMemory(), func(record.Key) ([]road.Road, []string) { return nil, []string{"/byway/hail/1"} })
	if ok, err := c.Line(exchange.Protocol{ID: "/byway/hail/1"}).Speaks(t.Context(), bakery); !ok || err != nil {
		t.Errorf("%v, %v: though its node is away", ok, err)
	}
	if _, err := c.Line(exchange.Protocol{ID: "/byway/other/1"}).Speaks(t.Context(), bakery); !errors.Is(err, answer.ErrNoRoad) {
		t.Errorf("what the card doesn't say is asked: %v", err)
	}
}

// called records who was asked.
type called struct {
	to    peer.ID
	fails error
}

func (c *called) Call(_ context.Context, to peer.ID, _ exchange.Protocol, req []byte) answer.Outcome {
	c.to = to
	return answer.Outcome{Resp: req, Inferred: c.fails}
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
	c := open(t, h, &x, store.NewMemory(), func(k record.Key) ([]road.Road, []string) { return cards[k], nil })
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
	c := open(t, h, &called{}, store.NewMemory(), none)
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
	c := open(t, listen(t), &called{}, store.NewMemory(), none)
	c.Heard(t.Context(), recordtest.Signer("bob").Key())
	if _, err := c.Peer(recordtest.Signer("bob").Key()); !errors.Is(err, answer.ErrNoRoad) {
		t.Errorf("err = %v", err)
	}
}
