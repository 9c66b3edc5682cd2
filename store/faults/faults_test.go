package faults

import (
	"context"
	"testing"
)

func TestMain(m *testing.M) {
	Child()
	m.Run()
}

// each runs a drill a few times: enough to know that the drill works.
func each(t *testing.T, drill func(ctx context.Context, dir string, cycles int) (Result, error), cycles int) {
	t.Helper()
	if testing.Short() {
		t.Skip("the drills take longer than short tests may")
	}
	r, err := drill(t.Context(), t.TempDir(), cycles)
	switch {
	case err != nil:
		t.Fatal(err)
	case r.Skipped != "":
		t.Skip(r.Skipped)
	case r.Failed:
		t.Errorf("%s; control %s", r.Got, r.Control)
	}
	t.Logf("%d acknowledged: %s; control %s", r.Acknowledged, r.Got, r.Control)
}

func TestNothingAcknowledgedIsLostToAKill(t *testing.T) { each(t, Kill, 3) }

func TestNothingAcknowledgedIsLostToAPowerCut(t *testing.T) { each(t, Power, 1) }

func TestAFullDiskKillsNobodyAndLosesNothing(t *testing.T) { each(t, Full, 1) }

func TestDamageIsNeverSilent(t *testing.T) {
	each(t, func(ctx context.Context, dir string, n int) (Result, error) { return Damage(ctx, dir, n, n/2) }, 8)
}

func TestNothingIsAcknowledgedAfterAnErrorOfTheDisk(t *testing.T) {
	each(t, func(ctx context.Context, dir string, n int) (Result, error) { return Sync(ctx, dir, n) }, 36)
}
