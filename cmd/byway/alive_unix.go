//go:build unix

package main

import (
	"errors"
	"syscall"
)

// alive reports whether a process with that pid is there (kill(2) with signal 0).
func alive(pid int) bool {
	return pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
