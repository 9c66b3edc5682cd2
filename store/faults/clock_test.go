package faults

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// lived opens a store, looks for all that was told, has entries added, and closes it; in
// the middle of them it does what it is given.
func lived(t *testing.T, dir string, so told, between func()) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	db, err := open(ctx, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if l, err := compare(ctx, db, so); err != nil || l.any() {
		t.Errorf("at %s of %v: %+v, %v", time.Now().UTC().Format(time.DateTime), so, l, err)
	}
	m, err := newMarket()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		if i == 20 {
			between()
		}
		err := m.say(ctx, db, 0, so[0])
		if err == nil && so[0]%8 == 0 {
			err = post(ctx, db, 0, so[0])
		}
		if err != nil {
			t.Fatalf("refused at %s: %v", time.Now().UTC().Format(time.DateTime), err)
		}
		so[0]++
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// A machine without a battery begins in another year at each start, and its clock jumps
// when it hears from a better one.
func TestAClockThatJumpsLosesAndRefusesNothing(t *testing.T) {
	dir, so, before := t.TempDir(), told{}, time.Now()
	lived(t, dir, so, func() {})
	var jumped time.Duration
	synctest.Test(t, func(t *testing.T) { // its clock begins in the year 2000
		jumped = time.Since(before)
		lived(t, dir, so, func() { time.Sleep(time.Hour) })
	})
	lived(t, dir, so, func() {})
	if jumped > -20*365*24*time.Hour {
		t.Errorf("the clock jumped by %s: nothing was tried", jumped)
	}
	t.Logf("0 of %d writes lost, 0 refused, over jumps of %d and +%d years, an hour between", so[0], int(jumped.Hours()/8766), -int(jumped.Hours()/8766))
}
