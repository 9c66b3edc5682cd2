// Package faults breaks a store in each way that a machine can, then counts what was lost.
//
// A drill starts a child process that writes and, over a pipe of its own, tells each
// write that was acknowledged; breaks the child or its disk; opens the store again, and
// looks for every write that was told. Each drill has a control: the same with one
// safeguard taken away, which must lose something, or the drill tests nothing.
//
// The tests of this package run each drill a few times. "make faults" runs them as often
// as CI can bear, FULL=1 as often as it takes to believe them, and prints the table.
package faults
