// Package disk is the file system under the files that a store writes itself.
//
// OS is the machine's. Sim is one in memory whose power can be cut, and Failing one whose
// writes and syncs fail when a test says so: everything that the log, the spool, the vault
// and the ballast promise is tried on both.
package disk
