//go:build !unix

package main

// alive can't tell here: a socket that is gone has to do.
func alive(int) bool { return false }
