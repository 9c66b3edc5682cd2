package disk

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// Each control takes one safeguard away, and nothing else.
func TestUnsyncedLeavesNothingDurable(t *testing.T) {
	steps := []step{write(file, "a", 0), flush(file), flushDir(folder)}
	for i := range steps {
		steps[i] = through(steps[i], func(fs FS) FS { return Unsynced{fs} })
	}
	if got, want := leftOf(t, false, steps), []string{"", "a", "gone"}; !slices.Equal(got, want) {
		t.Errorf("a cut leaves %q, want %q", got, want)
	}
}

func through(s step, control func(FS) FS) step {
	return func(t *testing.T, fs FS) {
		t.Helper()
		s(t, control(fs))
	}
}

func TestHeldKeepsInTheProcessWhatItSaysIsDurable(t *testing.T) {
	sim := NewSim()
	write(file, "aa", 0)(t, sim)
	held := NewHeld(sim)
	for _, s := range []step{write(file, "b", 1), write(file, "c", 2), flush(file), flushDir(folder)} {
		s(t, held)
	}
	if got := content(t, held, file); got != "abc" {
		t.Errorf("it has %q, want abc", got)
	}
	if got := content(t, sim, file); got != "aa" {
		t.Errorf("below it is %q, want aa", got)
	}
	if err := held.Remove(file); err != nil || content(t, held, file) != "gone" || content(t, sim, file) != "gone" {
		t.Errorf("a file that was removed is there (%v)", err)
	}
}

func TestDeafHearsOfNoFailedWriteAndSync(t *testing.T) {
	for _, c := range changes {
		sim := NewSim()
		write(file, "aa", 0)(t, sim)
		err := c.do(Deaf{&Failing{FS: sim, Fail: func(Op, string) error { return ErrInjected }}})
		heard := c.op != OpWrite && c.op != OpSync && c.op != OpSyncDir
		if heard != errors.Is(err, ErrInjected) {
			t.Errorf("%s: %v, want it heard: %v", c.op, err, heard)
		}
	}
}

func TestRoomyAlwaysHasRoom(t *testing.T) {
	if free, total, err := (Roomy{}).Free(folder); err != nil || free < math.MaxUint32 || total < free {
		t.Errorf("%d of %d, %v", free, total, err)
	}
}
