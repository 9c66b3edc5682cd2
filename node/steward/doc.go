// Package steward is the desk of a community's always-on node.
//
// A desk answers what protocol/community lets members ask: it hands out the founding record,
// publishes casts for those who aren't in the mesh, lists the live casts for those who come late, and
// keeps the directory of cards. Live casts, withdrawals and cards are kept in the node's store
// until they expire, each under a number that only grows, so that who asks again gets
// what is new to it alone.
//
// Whoever asks to publish is charged: the work of a whole community follows from one request.
package steward
