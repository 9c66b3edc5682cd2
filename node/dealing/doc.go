// Package dealing settles terms for the owner of a node.
//
// A person's preferences choose what is proffered, and which alternative is taken; an
// organisation's policy chooses how proffers are answered. What neither settles waits
// for a human. protocol/agreement carries it out.
package dealing
