// Package safe keeps the root of a node's keys where others don't find it.
//
// A node's folder shows by one small file where its root is:
//
//	root.keyring     in the keyring of the user's session; the file holds the entry's name
//	root.age         in this file, sealed by a passphrase: an age file (age-encryption.org/v1)
//	                 under its scrypt recipient, which a stock age opens too
//	root.credential  in the credential byway-root that systemd hands over (systemd.exec(5),
//	                 LoadCredentialEncrypted=); the file only says so
//	root.key         in this file, unsealed
//
// The root is written as 64 digits of hex; its 24 words are read too, since that is what
// an owner has to make a credential of.
package safe
