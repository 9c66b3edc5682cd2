//go:build unix

package main

import "syscall"

// keepToMyself has every file that this program makes be for its user alone, whatever the
// shell's umask was. Where it matters the mode is set besides.
func keepToMyself() { syscall.Umask(0o077) }
