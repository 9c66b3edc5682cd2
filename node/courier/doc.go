// Package courier finds the road from a party's key to its node.
//
// Protocols know keys, exchange knows peers; the courier joins them. There is one
// road so far, the direct one: a libp2p stream to the peer that a card names, that a
// cast's reply names, or from which a signed request of that party last came.
package courier
