package intention

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// scene is one message, as it arrives, with the verdict that it has to get.
type scene struct {
	name    string
	data    []byte
	verdict Verdict
	want    error
}

// scenes are what a validator that remembers nothing makes of one message at noon, in the town's topic for food.
func scenes(t testing.TB) []scene {
	good := cast(t, beans(), castKey)
	change := func(f func(*Cast)) []byte {
		c := beans()
		f(&c)
		return cast(t, c, castKey).Bytes()
	}
	out := []scene{
		{"a cast", good.Bytes(), Accept, nil},
		{"a withdrawal that comes first", withdrawal(t, readCast(t, good), castKey).Bytes(), Accept, nil},
		{"a cast that expires as far away as may be", change(func(c *Cast) { c.Expires = noon.Add(MaxLife) }), Accept, nil},
		{"a cast of another community", change(func(c *Cast) { c.Community[0]++ }), Reject, ErrTopic},
		{"a cast for named vendors", change(func(c *Cast) { c.Community = record.ID{} }), Reject, ErrTopic},
		{"a cast of another top category", change(func(c *Cast) { c.Category = path("bicycles") }), Reject, ErrTopic},
		{"a cast expired this hour", change(func(c *Cast) { c.Expires, c.AcceptBy = noon, noon }), Ignore, ErrExpired},
		{"a cast a little too far", change(func(c *Cast) { c.Expires = noon.Add(MaxLife + time.Hour) }), Ignore, ErrTooFar},
		{"a cast far too far", change(func(c *Cast) { c.Expires = noon.Add(MaxLife + 25*time.Hour) }), Reject, ErrTooFar},
		{"a cast padded otherwise", repadded(t), Reject, ErrForm},
		{"a cast with an unknown field", unknownField(t), Reject, ErrForm},
		{"a cast with its fields in another order", reordered(t), Reject, ErrForm},
		{"a cast signed by a delegate", delegated(t), Reject, ErrForm},
	}
	for prefix, r := range map[string]record.Record{"cast: ": good, "withdrawal: ": withdrawal(t, readCast(t, good), castKey)} {
		for _, c := range formtest.Broken(t, r, ErrMalformed, recordtest.Signer(castKey)) {
			s := scene{prefix + c.Name, c.Bytes, Reject, c.Want}
			if errors.Is(c.Want, record.ErrVersion) {
				s.verdict = Ignore
			}
			if len(c.Bytes) != FormSize {
				// Whatever it is, its size alone decides.
				s.verdict, s.want = Reject, ErrForm
			}
			out = append(out, s)
		}
	}
	for name, c := range badCasts() {
		out = append(out, scene{"a cast with " + name, badly(t, c), Reject, ErrMalformed})
	}
	return out
}

func payload(t testing.TB) (good []byte, m *bywayv1.Cast) {
	t.Helper()
	good = cast(t, beans(), castKey).Statement().Payload()
	m = &bywayv1.Cast{}
	if err := proto.Unmarshal(good, m); err != nil {
		t.Fatal(err)
	}
	return good, m
}

// repadded is the same cast, with its padding field in two pieces of which the last counts.
func repadded(t testing.TB) []byte {
	good, m := payload(t)
	n := len(m.GetPadding())
	first := append([]byte{0x82, 0x01, 0x01}, 0)
	rest := good[:len(good)-n-4]
	b := append(append([]byte{}, rest...), first...)
	left := n + 4 - len(first) - 4
	b = append(b, 0x82, 0x01, byte(left)|0x80, byte(left>>7))
	return resigned(t, append(b, make([]byte, left)...))
}

// unknownField is the same cast with a byte of padding exchanged for an unknown field.
func unknownField(t testing.TB) []byte {
	good, m := payload(t)
	const unknown = 4
	left := len(m.GetPadding()) - unknown
	b := append([]byte{}, good[:len(good)-left-unknown-4]...)
	b = append(b, 0x82, 0x01, byte(left)|0x80, byte(left>>7))
	b = append(b, make([]byte, left)...)
	return resigned(t, append(b, 0xfa, 0x3f, 1, 0))
}

// reordered is the same cast with its padding first.
func reordered(t testing.TB) []byte {
	good, m := payload(t)
	cut := len(good) - len(m.GetPadding()) - 4
	return resigned(t, append(append([]byte{}, good[cut:]...), good[:cut]...))
}

func delegated(t testing.TB) []byte {
	d := record.Delegation{Delegate: recordtest.Key("bob"), From: noon, Until: noon.Add(time.Hour)}
	delegation, err := record.NewDelegation(context.Background(), d, recordtest.Signer(castKey))
	if err != nil {
		t.Fatal(err)
	}
	by, err := record.NewDelegateSigner(delegation, recordtest.Seed("bob"))
	if err != nil {
		t.Fatal(err)
	}
	// Shorter padding makes room for the delegation, so that the size alone doesn't give it away.
	_, m := payload(t)
	m.Padding = m.Padding[:len(m.Padding)-len(delegation.Bytes())]
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	draft := formtest.Draft(cast(t, beans(), castKey))
	draft.Payload = b
	out := formtest.Sign(t, draft, by).Bytes()
	if len(out) != FormSize {
		t.Fatalf("the test makes %d bytes", len(out))
	}
	return out
}

func TestEachMessageHasItsVerdict(t *testing.T) {
	for _, s := range scenes(t) {
		v := NewValidator(0)
		verdict, item, err := v.Check(s.data, town, food, noon)
		if verdict != s.verdict || !errors.Is(err, s.want) {
			t.Errorf("%s: %s, %v; want %s, %v", s.name, verdict, err, s.verdict, s.want)
		}
		if accepted := verdict == Accept; accepted == item.Record.IsZero() || accepted != (v.Len() == 1) {
			t.Errorf("%s: %s, and %d remembered", s.name, verdict, v.Len())
		}
	}
}

func TestWhatIsNotAcceptedLeavesTheTrueOneItsPlace(t *testing.T) {
	good := cast(t, beans(), castKey).Bytes()
	for _, s := range scenes(t) {
		if s.verdict == Accept {
			continue
		}
		v := NewValidator(0)
		_, _, _ = v.Check(s.data, town, food, noon)
		if verdict, _, err := v.Check(good, town, food, noon); verdict != Accept {
			t.Errorf("after %s: %s, %v", s.name, verdict, err)
		}
	}
}

// What a validator makes of a second message depends on the first.
func TestTheSecondMessageOfAKey(t *testing.T) {
	c := beans()
	first := cast(t, c, castKey)
	c.Text = "something else"
	other := cast(t, c, castKey)
	back := withdrawal(t, readCast(t, first), castKey)
	backOther := withdrawal(t, readCast(t, other), castKey)
	strange := readCast(t, first)
	strange.Expires = strange.Expires.Add(time.Hour)
	backStrange := withdrawal(t, strange, castKey)
	for _, s := range []struct {
		name          string
		first, second record.Record
		verdict       Verdict
		want          error
	}{
		{"the same cast", first, first, Ignore, ErrSeen},
		{"a second cast", first, other, Ignore, ErrSecond},
		{"the withdrawal of the cast", first, back, Accept, nil},
		{"the withdrawal of another cast", first, backOther, Ignore, ErrSecond},
		{"a withdrawal with another expiry", first, backStrange, Ignore, ErrSecond},
		{"the cast after its withdrawal", back, first, Ignore, ErrWithdrawn},
		{"another cast after a withdrawal", back, other, Ignore, ErrWithdrawn},
		{"the same withdrawal", back, back, Ignore, ErrSeen},
		{"a second withdrawal", back, backOther, Ignore, ErrSecond},
		{"another key's cast", cast(t, beans(), "bob for one cast"), first, Accept, nil},
	} {
		v := NewValidator(0)
		if verdict, _, err := v.Check(s.first.Bytes(), town, food, noon); verdict != Accept {
			t.Fatalf("%s: the first: %v", s.name, err)
		}
		if verdict, item, err := v.Check(s.second.Bytes(), town, food, noon); verdict != s.verdict || !errors.Is(err, s.want) || (verdict != Accept) != item.Record.IsZero() {
			t.Errorf("%s: %s, %v; want %s, %v", s.name, verdict, err, s.verdict, s.want)
		}
	}
}

func TestAStrangersWithdrawalDoesNotWithdraw(t *testing.T) {
	c := readCast(t, cast(t, beans(), castKey))
	c.Key = recordtest.Key("mallory")
	v := NewValidator(0)
	_, _, _ = v.Check(withdrawal(t, c, "mallory").Bytes(), town, food, noon)
	if verdict, _, err := v.Check(cast(t, beans(), castKey).Bytes(), town, food, noon); verdict != Accept {
		t.Errorf("%s, %v", verdict, err)
	}
}

func TestMemoryLastsUntilExpiryAndNoLonger(t *testing.T) {
	v := NewValidator(0)
	c := beans()
	_, _, _ = v.Check(cast(t, c, castKey).Bytes(), town, food, noon)
	_, _, _ = v.Check(withdrawal(t, readCast(t, cast(t, c, castKey)), castKey).Bytes(), town, food, noon)
	later := c.Expires.Add(-1)
	if verdict, _, err := v.Check(cast(t, c, castKey).Bytes(), town, food, later); verdict != Ignore || !errors.Is(err, ErrSeen) {
		t.Errorf("before expiry: %s, %v", verdict, err)
	}
	if !v.Withdrawn(recordtest.Key(castKey)) || v.Withdrawn(recordtest.Key("bob")) {
		t.Error("what is withdrawn isn't known")
	}
	c.Expires, c.AcceptBy = c.Expires.Add(time.Hour), c.AcceptBy.Add(time.Hour)
	_, _, _ = v.Check(cast(t, c, "bob for one cast").Bytes(), town, food, beans().Expires)
	if v.Len() != 1 || v.Withdrawn(recordtest.Key(castKey)) {
		t.Errorf("after expiry %d are remembered", v.Len())
	}
}

func TestAFullMemoryIgnoresWhatIsNewAndForgetsNothing(t *testing.T) {
	v := NewValidator(3)
	for i := range 3 {
		if verdict, _, err := v.Check(cast(t, beans(), fmt.Sprint("key ", i)).Bytes(), town, food, noon); verdict != Accept {
			t.Fatal(err)
		}
	}
	if verdict, _, err := v.Check(cast(t, beans(), castKey).Bytes(), town, food, noon); verdict != Ignore || !errors.Is(err, ErrFull) {
		t.Errorf("the fourth: %s, %v", verdict, err)
	}
	known := cast(t, beans(), "key 1")
	if verdict, _, err := v.Check(known.Bytes(), town, food, noon); verdict != Ignore || !errors.Is(err, ErrSeen) {
		t.Errorf("a copy: %s, %v", verdict, err)
	}
	if verdict, _, err := v.Check(withdrawal(t, readCast(t, known), "key 1").Bytes(), town, food, noon); verdict != Accept {
		t.Errorf("a withdrawal of what is known: %s, %v", verdict, err)
	}
	c := beans()
	c.Expires = c.Expires.Add(48 * time.Hour)
	if verdict, _, err := v.Check(cast(t, c, castKey).Bytes(), town, food, beans().Expires); verdict != Accept || v.Len() != 1 {
		t.Errorf("when the others have expired: %s, %v", verdict, err)
	}
}

func TestOneOfManyConcurrentCopiesIsAccepted(t *testing.T) {
	v, data := NewValidator(0), cast(t, beans(), castKey).Bytes()
	var wg sync.WaitGroup
	verdicts := make([]Verdict, 16)
	for i := range verdicts {
		wg.Go(func() { verdicts[i], _, _ = v.Check(data, town, food, noon) })
	}
	wg.Wait()
	accepted := 0
	for _, verdict := range verdicts {
		if verdict == Accept {
			accepted++
		} else if verdict != Ignore {
			t.Errorf("a copy is met with %s", verdict)
		}
	}
	if accepted != 1 {
		t.Errorf("%d copies accepted", accepted)
	}
}

func TestACastForNamedVendorsIsTakenDirectly(t *testing.T) {
	c := beans()
	c.Community = record.ID{}
	if verdict, item, err := NewValidator(0).Check(cast(t, c, castKey).Bytes(), record.ID{}, category.Path{}, noon); verdict != Accept || !item.IsCast() {
		t.Errorf("%s, %v", verdict, err)
	}
	if verdict, _, err := NewValidator(0).Check(cast(t, beans(), castKey).Bytes(), record.ID{}, category.Path{}, noon); verdict != Reject || !errors.Is(err, ErrTopic) {
		t.Errorf("a community's: %s, %v", verdict, err)
	}
}

func BenchmarkCheck(b *testing.B) {
	data := cast(b, beans(), castKey).Bytes()
	for b.Loop() {
		if verdict, _, err := NewValidator(0).Check(data, town, food, noon); verdict != Accept {
			b.Fatal(err)
		}
	}
}
