package mesh

import (
	"log/slog"
	"math/bits"
	"sync/atomic"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// Drops counts the messages of one room that were lost on this node since it joined: any
// above zero is a reason to ask a steward for what is live.
type Drops struct {
	// Unvalidated came in faster than they could be validated.
	Unvalidated uint64
	// Unsent waited for a peer that took them too slowly, once for each such peer.
	Unsent uint64
	// Undelivered were accepted and passed on, but the node's own handler was too slow.
	Undelivered uint64
}

// drops hears from pubsub what it lets fall without telling anybody else. Its methods are called on
// pubsub's own goroutines, so none of them waits.
type drops struct {
	log                              *slog.Logger
	unvalidated, unsent, undelivered atomic.Uint64
}

func (d *drops) read() Drops {
	return Drops{Unvalidated: d.unvalidated.Load(), Unsent: d.unsent.Load(), Undelivered: d.undelivered.Load()}
}

// count says so at 1, 2, 4, 8…: a flood fills no log.
func (d *drops) count(c *atomic.Uint64, why string) {
	if n := c.Add(1); bits.OnesCount64(n) == 1 {
		d.log.Warn("gossip lost on this node", "why", why, "messages", n)
	}
}

// RejectMessage hears each message that isn't delivered; most for a reason of its own.
func (d *drops) RejectMessage(_ *pubsub.Message, reason string) {
	switch reason {
	case pubsub.RejectValidationQueueFull, pubsub.RejectValidationThrottled:
		d.count(&d.unvalidated, "it came faster than it could be validated")
	}
}

// DropRPC hears what isn't sent. Control messages are sent again by themselves.
func (d *drops) DropRPC(rpc *pubsub.RPC, _ peer.ID) {
	for range rpc.GetPublish() {
		d.count(&d.unsent, "a peer took it too slowly")
	}
}

// UndeliverableMessage is for what a subscription's channel has no room for; none gets so far: see room.join.
func (d *drops) UndeliverableMessage(*pubsub.Message) {}

// The rest of pubsub.RawTracer tells nothing of losses.
func (d *drops) OnNewOutboundStream(peer.ID, protocol.ID)             {}
func (d *drops) OnClosedOutboundStream(peer.ID)                       {}
func (d *drops) Join(string)                                          {}
func (d *drops) Leave(string)                                         {}
func (d *drops) Graft(peer.ID, string)                                {}
func (d *drops) Prune(peer.ID, string)                                {}
func (d *drops) ValidateMessage(*pubsub.Message)                      {}
func (d *drops) DeliverMessage(*pubsub.Message)                       {}
func (d *drops) DuplicateMessage(*pubsub.Message)                     {}
func (d *drops) ThrottlePeer(peer.ID)                                 {}
func (d *drops) RecvRPC(*pubsub.RPC)                                  {}
func (d *drops) SendRPC(*pubsub.RPC, peer.ID)                         {}
func (d *drops) SendRPCCompleted(*pubsub.RPC, peer.ID, time.Duration) {}
