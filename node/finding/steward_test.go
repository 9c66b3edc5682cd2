package finding

import (
	"errors"
	"testing"
	"time"

	"github.com/bywaynet/byway/store"
)

func TestNobodyFoundsACommunityWhoIsNotAlwaysOn(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := open(t, "alice", w.street.Host(), store.NewMemory(), nil)
		if _, err := alice.Found(t.Context(), "New Town", "", nil); !errors.Is(err, ErrNotSteward) {
			t.Errorf("founded: %v", err)
		}
		if rows, err := alice.store.Scan(t.Context(), tableCommunities, nil, nil, 1); err != nil || len(rows)+len(alice.Communities()) != 0 {
			t.Errorf("a membership is kept: %v, %v", rows, err)
		}
	})
}

func TestWhoIsAlwaysOnIsStewardOnlyWhereTheFoundingRecordNamesIt(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		other := open(t, "another steward", w.street.Host(), store.NewMemory(), nil, alwaysOn)
		other.join(t, w.invite, Role{})
		if m := other.Communities()[0]; m.Steward {
			t.Error("it opened a desk for a community that names somebody else")
		}
		if is, _ := other.Standing(); is {
			t.Error("its card says that it is a steward")
		}
		if is, _ := w.steward.Standing(); !is || !w.member.Steward {
			t.Error("the founder is none")
		}
	})
}

func TestAStewardThatIsNoLongerAlwaysOnIsAnOrdinaryMember(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		for i, always := range []bool{false, true} {
			w.steward.end(t)
			w.steward.always = always
			w.steward.run(t)
			time.Sleep(10 * time.Second)
			all := w.steward.Communities()
			if len(all) != 1 || all[0].Steward != always {
				t.Errorf("always on %t: %+v", always, all)
			}
			someone := open(t, []string{"alice", "bob"}[i], w.street.Host(), store.NewMemory(), nil)
			if _, err := someone.Join(t.Context(), w.invite, Role{}); (err == nil) != always {
				t.Errorf("always on %t: %s joins: %v", always, someone.name, err)
			}
			if err := w.steward.Refresh(t.Context(), w.id); errors.Is(err, ErrUnreachable) == always {
				t.Errorf("always on %t: it reads the directory: %v", always, err)
			}
		}
	})
}
