// Package segment keeps sealed entries in files that are only ever added to.
//
// The log and the spool of a store are folders of such files. FORMAT.md rules on the
// layout: each entry has its number, a checksum, the hash of the entry before, and its
// bytes under an AEAD; files are filled with zeros before they are used, so that one that
// was cut shows. What was written is never written again: after a tail that was torn the
// next entry goes into a new file. Damage costs the entries that it touches, and is told.
package segment
