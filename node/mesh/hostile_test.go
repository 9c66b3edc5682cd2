package mesh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/bywaynet/byway/node/mesh/meshtest"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/record"
)

// mallory speaks the town's gossip by a bare pubsub, which judges nothing that it sends, and sends to
// everybody, wanted or not.
func mallory(t *testing.T, h host.Host, f community.Founding) *pubsub.PubSub {
	t.Helper()
	ps, err := pubsub.NewGossipSub(t.Context(), h,
		pubsub.WithGossipSubProtocols([]protocol.ID{protocolID(f.ID)}, features),
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign), pubsub.WithNoAuthor(), pubsub.WithMessageIdFn(messageID),
		pubsub.WithFloodPublish(true))
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

func topicOf(t *testing.T, ps *pubsub.PubSub, name string) *pubsub.Topic {
	t.Helper()
	topic, err := ps.Join(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := topic.Relay(); err != nil {
		t.Fatal(err)
	}
	return topic
}

func TestNothingIsOpenedBeforeJoining(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		a := newActor(t, s.Host())
		for _, p := range a.host.Mux().Protocols() {
			if strings.Contains(string(p), "sub/") {
				t.Errorf("it serves %s", p)
			}
		}
		town := meshtest.Town(t, "food")
		a.enter(t, town)
		if !bytes.Contains(fmt.Append(nil, a.host.Mux().Protocols()), []byte(protocolID(town.ID))) {
			t.Errorf("after joining it doesn't serve %s", protocolID(town.ID))
		}
	})
}

func TestInventedTopicsAreForgotten(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food", "tools")
		a := newActor(t, s.Host())
		a.enter(t, town)
		h := s.Host()
		bad := mallory(t, h, town)
		meshtest.Meet(t, a.host, h)
		time.Sleep(time.Second)
		// One by one, so that none is dropped for coming among too many.
		for i := range 50 {
			topicOf(t, bad, fmt.Sprintf("%s/invented-%d", community.Prefix(town.ID), i))
		}
		food := community.Topic(town.ID, meshtest.Path(t, "food"))
		topicOf(t, bad, food)
		time.Sleep(time.Second)
		ps := a.rooms[town.ID].pubsub
		for i := range 50 {
			if n := len(ps.ListPeers(fmt.Sprintf("%s/invented-%d", community.Prefix(town.ID), i))); n != 0 {
				t.Fatalf("invented topic %d is remembered for %d peers", i, n)
			}
		}
		if n := len(ps.ListPeers(food)); n != 1 {
			t.Errorf("of a true topic %d peers are known", n)
		}
	})
}

func TestAGreetingOfTooManyTopicsIsDropped(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food", "tools")
		a := newActor(t, s.Host())
		a.enter(t, town)
		h := s.Host()
		bad := mallory(t, h, town)
		food := community.Topic(town.ID, meshtest.Path(t, "food"))
		for _, name := range []string{food, food + "-2", food + "-3"} {
			topicOf(t, bad, name)
		}
		meshtest.Meet(t, a.host, h)
		time.Sleep(3 * time.Second)
		if n := len(a.rooms[town.ID].pubsub.ListPeers(food)); n != 0 {
			t.Errorf("%d peers are known by such a greeting", n)
		}
	})
}

func TestWhatIsWrongIsRejectedAndItsSenderGraylisted(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town, other := meshtest.Town(t, "food", "tools"), meshtest.Town(t, "drink")
		a := newActor(t, s.Host())
		a.enter(t, town)
		h := s.Host()
		bad := mallory(t, h, town)
		food := topicOf(t, bad, community.Topic(town.ID, meshtest.Path(t, "food")))
		meshtest.Meet(t, a.host, h)
		time.Sleep(3 * time.Second)

		c := meshtest.Wish(t, town, "food/bread", "alice")
		good := meshtest.Form(t, c, "alice")
		forged := append([]byte{}, good...)
		forged[len(forged)-1] ^= 1
		foreign := meshtest.Wish(t, other, "drink/juice", "bob")
		send := func(b []byte) {
			t.Helper()
			if err := food.Publish(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		send(forged)
		send(good) // one slip is forgiven
		if got := a.heard(); len(got) != 1 || got[0] != c.ID {
			t.Fatalf("after a copy with another signature, the true one: heard %v", got)
		}
		send(meshtest.Form(t, foreign, "bob"))
		send([]byte("bread"))
		later := meshtest.Wish(t, town, "food/bread", "carol")
		send(meshtest.Form(t, later, "carol"))
		if got := a.heard(); len(got) != 1 {
			t.Errorf("from a graylisted peer it heard %v", got)
		}
	})
}

func TestCopiesAreIgnoredWithoutBlame(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food")
		a := newActor(t, s.Host())
		a.enter(t, town)
		h := s.Host()
		food := topicOf(t, mallory(t, h, town), community.Topic(town.ID, meshtest.Path(t, "food")))
		meshtest.Meet(t, a.host, h)
		time.Sleep(3 * time.Second)
		first := meshtest.Wish(t, town, "food/bread", "alice")
		second := first
		second.Text = "something else under the same key"
		for _, b := range [][]byte{meshtest.Form(t, first, "alice"), meshtest.Form(t, second, "alice")} {
			if err := food.Publish(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		time.Sleep(20 * time.Minute) // pubsub has forgotten the first, the validator hasn't
		for range 5 {
			if err := food.Publish(t.Context(), meshtest.Form(t, first, "alice")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Minute)
		}
		other := meshtest.Wish(t, town, "food/tea", "bob")
		if err := food.Publish(t.Context(), meshtest.Form(t, other, "bob")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := a.heard(); len(got) != 2 || got[0] != first.ID || got[1] != other.ID {
			t.Errorf("heard %v, want the first and the other", got)
		}
	})
}

func TestASlowHandlersLossIsCountedAndMadeGood(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food")
		a := newActor(t, s.Host())
		var calls atomic.Int32
		err := a.Join(t.Context(), Entry{Founding: town, Deliver: func(ctx context.Context, top category.Path, i intention.Item) error {
			if calls.Add(1) == 1 {
				return errors.New("the disk is full")
			}
			return a.take(ctx, top, i)
		}})
		if err != nil {
			t.Fatal(err)
		}
		c := meshtest.Wish(t, town, "food/bread", "alice")
		f := meshtest.Form(t, c, "alice")
		if err := a.publish(t, town, "food", f); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if d := a.Drops(town.ID); d.Undelivered != 1 || len(a.heard()) != 0 {
			t.Fatalf("lost %+v, delivered %v", d, a.heard())
		}
		if err := a.Take(t.Context(), town.ID, category.Path{}, f); err != nil {
			t.Fatalf("from a steward's list: %v", err)
		}
		time.Sleep(time.Second)
		if got := a.heard(); len(got) != 1 || got[0] != c.ID {
			t.Errorf("delivered %v", got)
		}
	})
}

func TestABlockedHandlerBlocksNobody(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food")
		a := newActor(t, s.Host())
		err := a.Join(t.Context(), Entry{Founding: town, Deliver: func(ctx context.Context, _ category.Path, _ intention.Item) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		if err != nil {
			t.Fatal(err)
		}
		const over = 5
		for _, by := range meshtest.Names(queueSize + 1 + over) {
			c := meshtest.Wish(t, town, "food/bread", by)
			if err := a.publish(t, town, "food", meshtest.Form(t, c, by)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		if d := a.Drops(town.ID); d.Undelivered != over {
			t.Errorf("lost %+v, want %d undelivered", d, over)
		}
	})
}

func TestBadPublicationsAreRefused(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food", "tools")
		a := newActor(t, s.Host())
		a.enter(t, town, "food")
		c := meshtest.Wish(t, town, "food/bread", "alice")
		good := meshtest.Form(t, c, "alice")
		expired := c
		expired.Expires, expired.AcceptBy = intention.Hour(time.Now().Add(-2*time.Hour)), intention.Hour(time.Now().Add(-2*time.Hour))
		far := c
		far.Expires = intention.Hour(time.Now().Add(30 * 24 * time.Hour))
		foreign := c
		foreign.Community = record.ID{1}
		flipped := append([]byte{}, good...)
		flipped[len(flipped)-1] ^= 1
		for _, bad := range []struct {
			name string
			top  string
			form []byte
			want error
		}{
			{"nothing", "food", nil, intention.ErrForm},
			{"cut short", "food", good[:len(good)-1], intention.ErrForm},
			{"padded again", "food", append(append([]byte{}, good...), 0), intention.ErrForm},
			{"oversize", "food", make([]byte, MaxMessage+1), intention.ErrForm},
			{"another statement", "food", meshtest.Found(t, "food").Bytes(), intention.ErrForm},
			{"wrongly signed", "food", flipped, record.ErrSignature},
			{"expired", "food", meshtest.Form(t, expired, "bob"), intention.ErrExpired},
			{"too far away", "food", meshtest.Form(t, far, "bob"), intention.ErrTooFar},
			{"another community", "food", meshtest.Form(t, foreign, "bob"), intention.ErrTopic},
			{"a topic that isn't joined", "tools", good, ErrNotJoined},
			{"a topic that isn't listed", "drink", good, ErrNotJoined},
		} {
			err := a.publish(t, town, bad.top, bad.form)
			if !errors.Is(err, bad.want) || !errors.Is(err, ErrNotJoined) && !errors.Is(err, ErrRefused) {
				t.Errorf("%s: %v, want %v", bad.name, err, bad.want)
			}
		}
		time.Sleep(time.Second)
		if got := a.heard(); len(got) != 0 {
			t.Errorf("delivered %v", got)
		}
		if err := a.publish(t, town, "food", good); err != nil {
			t.Errorf("the good one: %v", err)
		}
		if err := a.publish(t, town, "food", good); !errors.Is(err, intention.ErrSeen) {
			t.Errorf("the good one again: %v", err)
		}
	})
}

func TestBadEntriesAreRefused(t *testing.T) {
	meshtest.Simulated(t, func(t *testing.T, s *meshtest.Street) {
		town := meshtest.Town(t, "food")
		a := newActor(t, s.Host())
		if err := a.Join(t.Context(), Entry{Founding: town, Tops: meshtest.Paths(t, "tools"), Deliver: a.take}); !errors.Is(err, ErrNotJoined) {
			t.Errorf("a top that isn't listed: %v", err)
		}
		if n := len(a.host.Mux().Protocols()); strings.Contains(fmt.Sprint(a.host.Mux().Protocols()), "meshsub") {
			t.Errorf("refused, it serves gossip all the same, among %d", n)
		}
		a.enter(t, town)
		if err := a.Join(t.Context(), Entry{Founding: town, Deliver: a.take}); !errors.Is(err, ErrJoined) {
			t.Errorf("twice: %v", err)
		}
		for i := range MaxRooms - 1 {
			a.enter(t, meshtest.Town(t, "food", fmt.Sprintf("top-%c", 'a'+i)))
		}
		if err := a.Join(t.Context(), Entry{Founding: meshtest.Town(t, "tools"), Deliver: a.take}); !errors.Is(err, ErrTooMany) {
			t.Errorf("one too many: %v", err)
		}
		_ = a.Close()
		if err := a.Join(t.Context(), Entry{Founding: meshtest.Town(t, "tools"), Deliver: a.take}); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if err := a.Close(); err != nil {
			t.Errorf("a second Close: %v", err)
		}
	})
}
