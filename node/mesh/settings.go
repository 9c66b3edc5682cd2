package mesh

import (
	"crypto/sha256"
	"log/slog"
	"net"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/record"
)

// The contract of the gossip. Both sides build it from the same constants.
const (
	// protocolEnd follows the community's prefix in the protocol's name: gossipsub 1.2, with IDONTWANT.
	protocolEnd = "/meshsub/1.2.0"

	// MaxMessage is the largest RPC between two peers, in bytes: fifteen casts of 4 KiB, or the greeting of a full steward.
	MaxMessage = 64 << 10
	// seen is how long a message's id is remembered by pubsub; the validator remembers until the cast expires.
	seen = 10 * time.Minute
	// validationQueue and outboundQueue are in messages: with pubsub's own 32, half of what two
	// cores can carry is dropped.
	validationQueue = 256
	outboundQueue   = 256
)

// The shape of a topic's mesh, for many peers and few messages.
const (
	degree      = 8
	degreeLow   = 6
	degreeHigh  = 12
	degreeScore = 4
	degreeOut   = 3
)

// What a peer's conduct costs it. Delivery deficits cost nothing: on a quiet topic they would
// punish the honest.
const (
	invalidWeight  = -1000 // times the square of the number of invalid messages that aren't forgotten yet
	gossipBelow    = -500
	publishBelow   = -1000
	graylistBelow  = -2500 // the second invalid message within the hour
	colocateWeight = -10   // times the square of the peers above colocateFree
	colocateFree   = 8     // peers of one address
	invalidDecay   = time.Hour
	retainScore    = time.Hour
)

// protocolID names the gossip of one community.
func protocolID(id record.ID) protocol.ID {
	return protocol.ID(community.Prefix(id) + protocolEnd)
}

// messageID is the hash of all the bytes: pubsub marks an id as seen before it asks the
// validator, so under any other id a bad copy could silence the good one.
func messageID(m *pb.Message) string {
	sum := sha256.Sum256(m.GetData())
	return string(sum[:])
}

// options are all of a room's settings; topics is the whole allow-list.
func options(id record.ID, topics []string, log *slog.Logger, tracer pubsub.RawTracer) []pubsub.Option {
	shape := pubsub.DefaultGossipSubParams()
	shape.D, shape.Dlo, shape.Dhi = degree, degreeLow, degreeHigh
	shape.Dscore, shape.Dout = degreeScore, degreeOut
	// No peer exchange is taken, so nobody has to wait to dial what it names.
	shape.Connectors = 0

	filter := pubsub.WrapLimitSubscriptionFilter(pubsub.NewAllowlistSubscriptionFilter(topics...), len(topics))
	return []pubsub.Option{
		pubsub.WithLogger(log),
		pubsub.WithGossipSubProtocols([]protocol.ID{protocolID(id)}, features),
		pubsub.WithGossipSubParams(shape),
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(messageID),
		pubsub.WithMaxMessageSize(MaxMessage),
		pubsub.WithMaxControlMessageSize(MaxMessage),
		pubsub.WithSeenMessagesTTL(seen),
		pubsub.WithSubscriptionFilter(filter),
		pubsub.WithValidateQueueSize(validationQueue),
		pubsub.WithPeerOutboundQueueSize(outboundQueue),
		pubsub.WithPeerScore(scores(topics), thresholds()),
		pubsub.WithPeerGater(pubsub.DefaultPeerGaterParams()),
		pubsub.WithRawTracer(tracer),
	}
}

// features are those of gossipsub 1.2 less peer exchange.
func features(f pubsub.GossipSubFeature, _ protocol.ID) bool {
	return f == pubsub.GossipSubFeatureMesh || f == pubsub.GossipSubFeatureIdontwant
}

func thresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold: gossipBelow, PublishThreshold: publishBelow, GraylistThreshold: graylistBelow,
	}
}

func scores(topics []string) *pubsub.PeerScoreParams {
	p := &pubsub.PeerScoreParams{
		Topics:                      map[string]*pubsub.TopicScoreParams{},
		AppSpecificScore:            func(peer.ID) float64 { return 0 },
		IPColocationFactorWeight:    colocateWeight,
		IPColocationFactorThreshold: colocateFree,
		IPColocationFactorWhitelist: loopback(),
		BehaviourPenaltyWeight:      -10,
		BehaviourPenaltyThreshold:   6,
		BehaviourPenaltyDecay:       pubsub.ScoreParameterDecay(10 * time.Minute),
		DecayInterval:               pubsub.DefaultDecayInterval,
		DecayToZero:                 pubsub.DefaultDecayToZero,
		RetainScore:                 retainScore,
		SeenMsgTTL:                  seen,
	}
	for _, t := range topics {
		p.Topics[t] = &pubsub.TopicScoreParams{
			TopicWeight: 1,
			// Counts for nothing, but pubsub divides by it.
			TimeInMeshQuantum:              time.Second,
			InvalidMessageDeliveriesWeight: invalidWeight,
			InvalidMessageDeliveriesDecay:  pubsub.ScoreParameterDecay(invalidDecay),
		}
	}
	return p
}

// loopback is where one machine may be many peers.
func loopback() []*net.IPNet {
	return []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
		{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
}
