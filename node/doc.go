// Package node is one running program that acts for exactly one party.
//
// A node of a person says what she wants on her terms; a node of an organisation
// hears it, and answers bound by what it signs. New builds a node from a Config whose
// zero value works, Start runs it, Close ends it:
//
//	n, err := node.New(node.Config{Dir: dir, Organisation: "Corner Coffee"})
//	…
//	err = n.Start(ctx)
//	defer n.Close()
//
// What handlers return is signed and kept by the node; see OnIntention. A node has no
// default server and dials nobody that its owner, a card or a community didn't name.
package node
