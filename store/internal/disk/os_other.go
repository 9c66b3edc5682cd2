//go:build !darwin && !freebsd && !linux

package disk

import "math"

// syncDir does nothing: the system makes a file's name durable with the file.
func syncDir(string) error { return nil }

// space knows nothing, so nothing is refused for want of room.
func space(string) (free, total uint64, err error) { return math.MaxUint64, math.MaxUint64, nil }

func isReadOnly(error) bool { return false }
