// Package identity makes every key of a party from one root.
//
// The root is 32 random bytes, which its owner can write down as 24 words; package safe
// keeps it. A key is Ed25519, from the seed HKDF-SHA256(root, kind, incarnation, n): the
// incarnation is 16 random bytes that belong to one store, so a party that begins again
// with the same root and an empty store never makes a key twice. The host's and the
// organisation's number 0 leave it out, so that the words alone bring a peer id and an
// organisation's public key back. That the n-th key of a kind exists is durable in the
// store before anybody gets it. Private keys are never stored.
//
// Loss of the root loses every key; loss of the store loses the numbers, without which the
// root alone doesn't know which other keys were made.
package identity
