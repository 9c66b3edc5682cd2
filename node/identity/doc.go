// Package identity makes every key of a party from one root.
//
// The root is 32 random bytes in a file of mode 0600; words to write down and the
// sealing of the file come later. A key is Ed25519, from the seed
// HKDF-SHA256(root, kind, incarnation, n): the incarnation is 16 random bytes that
// belong to one store, so a party that begins again with the same root and an empty
// store never makes a key twice. That the n-th key of a kind exists is durable in the store
// before anybody gets it. Private keys are never stored.
//
// Loss of the root file loses every key; loss of the store loses the numbers, without
// which the root alone doesn't know which keys were made.
package identity
