// Package backup copies a node's folder into files that its 24 words open.
//
// A folder of backups holds one file a backup. Its name says its order:
//
//	byway-20261124T101500Z-0001-full.age   all of it
//	byway-20261125T101500Z-0002-part.age   what the log took since the one before
//
// Each is an age file (age-encryption.org/v1) under the scrypt recipient whose
// passphrase is the 24 words with one space between them, so that the words and a stock
// age open it: age -d FILE | tar x, then sha256sum -c SHA256SUMS. Inside is a tar with
//
//	manifest.json       what it is, what it builds on, from where to where of the log
//	spool/00000001 …    what is on its way, as the store keeps it
//	log/00000001 …      entries of the log, as the store keeps them: sealed and chained
//	store/vault.keys    the keys of personal fields
//	node/party.json …   the small files of the node
//	SHA256SUMS          the sum of each of these; a file without it isn't whole
//
// The log, the spool and the keys are those of one moment, also where the node runs. A
// part has the entries of the log since the one that it builds on. The rest it has
// whole, and a restore takes that from the last file alone: what was forgotten before a
// backup was made doesn't come back from the backups before it.
//
// The root isn't in it: the words are the root.
package backup
