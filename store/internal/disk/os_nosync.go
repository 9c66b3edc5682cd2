//go:build !linux

package disk

import "os"

// Datasync returns once what was written to f is durable.
func Datasync(f *os.File) error { return f.Sync() }

// Forget implements File: the system isn't known to show what it failed to write.
func (osFile) Forget() error { return nil }

// allocate leaves it to ordinary writes.
func allocate(*os.File, int64) (done bool, err error) { return false, nil }
