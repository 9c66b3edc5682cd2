// Package vault keeps personal fields so that they can be forgotten.
//
// Each field is one row of the store, sealed under a random key of its own. The keys and
// salts of all fields stand in one small file that is replaced whole; without them
// a row opens to nobody, nor does a copy of it in a log or a backup. No key is derived
// from anything, so none can be derived again.
//
// # The file
//
// vault.keys is "byway-vault-keys", a version (1 byte, 1), and AES-256-GCM under the key
// that Options names, with a random nonce of 12 bytes before it, the 17 bytes before as
// additional data. Inside: the number of fields (2 bytes, big-endian), then for each, by
// category in ascending order of its bytes, the category's length (1 byte), the category,
// the row's name (16), the key (32), the salt (32). There is one valid form.
//
// # The order of writes
//
// A field is set by writing its new row, then the file with the new key in the place of
// the old one, then deleting the old row. It is forgotten by writing the file without the
// key, then deleting the row. So whatever stops the program, the file alone says what
// there is: a row without a key is of a write that never counted, or of one that was
// half forgotten, and goes when the vault is next opened. A key without a row is of a field
// whose forgetting a restored log replays, and goes too: bringing a field back that
// its owner had forgotten is the worse mistake. Where the store knows that it lost writes,
// the key stays: then it isn't known that anybody forgot anything. A copy of the file that was taken while the log
// stood still, before and after, fits that log.
//
// # Limits
//
// The bytes of the file that was replaced are overwritten where they lay. A disk that
// writes elsewhere (flash, copy-on-write, snapshots, a journal of data) may keep them,
// sealed, until it needs the room; so may a copy that somebody made. What a caller got as a
// string stays in memory until Go reuses it, and may be swapped out.
package vault
