package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// storeFolder is where in a node's folder its store is.
const storeFolder = "store"

// copiedFrom returns the pid of the node that runs in the folder which dir was copied from; 0
// for none. The file in which a node names itself while it has a folder goes along in a copy,
// and its claim on the folder doesn't.
func copiedFrom(dir string) int {
	b, err := os.ReadFile(filepath.Join(dir, storeFolder, "store.pid"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid == os.Getpid() || !alive(pid) || !sameProgram(pid) {
		return 0
	}
	return pid
}

// sameProgram reports whether a process runs this program, and not another one that has got
// the pid since; true where the system doesn't tell.
func sameProgram(pid int) bool {
	self, err := os.Stat("/proc/self/exe")
	if err != nil {
		return true
	}
	other, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
	return err == nil && os.SameFile(self, other)
}
