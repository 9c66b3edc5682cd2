// Package exchange carries bounded requests between two libp2p peers.
//
// It alone touches streams. The peer that asks opens one stream for each peer it
// asks and each protocol, on demand, and keeps it while it is used; many exchanges
// are under way on it at once. What may be sent, how fast, how long it may take:
// all of that is the constant block of the protocol that is carried, a Protocol.
// The layout of frames, the codes and the bounds are in SPEC.md.
//
// A call ends in one of three ways, which answer.Outcome keeps apart: the peer said
// something, the peer turned the exchange away, or nothing came and we infer why.
package exchange
