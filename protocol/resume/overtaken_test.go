package resume_test

import (
	"crypto/ecdh"
	"crypto/hpke"
	"errors"
	"maps"
	"testing"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/resume"
	"github.com/bywaynet/byway/store"
)

// again is p on another machine, from what it kept at one time.
func (p *party) again(kept *store.Memory, them *party) *party {
	p.t.Helper()
	n := newParty(p.t, "alice")
	meet(n, them)
	n.restore(kept, them)
	return n
}

func relationship(t *testing.T, p, them *party) resume.Relationship {
	t.Helper()
	r, err := p.service.Relationship(t.Context(), p.key(), them.key())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The first restore went on, and died: whoever restores the same backup once more gets all of it.
func TestASecondRestoreGoesOnAboveTheFirstOne(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	alice.say(bakery, "bread")
	backup := alice.copy()
	alice.say(bakery, "cake")
	first := alice.again(backup.Clone(), bakery)
	fetch(t, first, bakery)
	first.say(bakery, "buns")
	bakery.say(first, "rolls")

	second := alice.again(backup.Clone(), bakery)
	bakery.say(first, "more")
	if err := second.service.Fetch(t.Context(), second.key(), bakery.key()); !errors.Is(err, resume.ErrClone) {
		t.Fatalf("%v, want ErrClone", err)
	}
	r := relationship(t, second, bakery)
	if epoch, before, ok := r.Overtaken(); epoch != 1 || !before || !ok {
		t.Fatalf("it was shown epoch %d, before: %v, %v; want 1, before", epoch, before, ok)
	}
	second.restore(second.store, bakery) // above what it was shown
	fetch(t, second, bakery)
	for _, name := range []string{"bread", "cake", "buns", "rolls", "more"} {
		checkTexts(t, second, name, name)
	}
	there := relationship(t, bakery, second)
	if twice, over := there.Twice(); !twice || !over {
		t.Errorf("the bakery holds it for twice: %v, over: %v; want both", twice, over)
	}
	if !there.Settled(false, record.Place(1, 1)) || there.Settled(false, record.Place(1, 3)) || there.Settled(false, record.Place(2, 1)) {
		t.Error("what the second resume explains isn't what is settled")
	}
	// The first one turns up all the same.
	meet(first, bakery)
	late := first.say(bakery, "pie", true)
	if err := there.Refuses(late.Statement().Link().N); !errors.Is(err, resume.ErrEpoch) {
		t.Errorf("what the first one says now: %v, want ErrEpoch", err)
	}
	if !there.Late().IsZero() {
		t.Error("it was late before it said anything")
	}
	if err := bakery.service.Keep(t.Context(), bakery.key(), first.key(), late); err != nil {
		t.Fatal(err)
	}
	bakery.serve()
	if at := relationship(t, bakery, first).Late(); !at.Equal(noon) {
		t.Errorf("late at %v, want %v", at, noon)
	}
}

// What an earlier resume asked for isn't forgotten where damage begins an epoch before it is answered.
func TestAResumeCoversThoseThatWerentAnswered(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	alice.say(bakery, "bread")
	backup := alice.copy()
	alice.say(bakery, "cake")
	bakery.say(alice, "buns")
	alice.restore(backup, bakery)
	bakery.say(alice, "rolls")
	alice.restore(alice.store, bakery)
	alice.restore(alice.store, bakery)
	fetch(t, alice, bakery)
	for _, name := range []string{"bread", "cake", "buns", "rolls"} {
		checkTexts(t, alice, name, name)
	}
}

// showing answers each request with pages, one after the other, and with the last again.
func showing(t *testing.T, pages ...*bywayv1.ResumePage) func(req []byte) ([]byte, error) {
	return func(req []byte) ([]byte, error) {
		var m bywayv1.ResumeRequest
		if err := proto.Unmarshal(req, &m); err != nil {
			t.Fatal(err)
		}
		rec, err := record.ParseRecord(m.GetProof())
		if err != nil {
			t.Fatal(err)
		}
		var p bywayv1.Proof
		if err := proto.Unmarshal(rec.Statement().Payload(), &p); err != nil {
			t.Fatal(err)
		}
		b, err := proto.Marshal(pages[0])
		if err != nil {
			t.Fatal(err)
		}
		pages = pages[min(1, len(pages)-1):]
		to, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(p.GetSeal())
		if err != nil {
			t.Fatal(err)
		}
		id := rec.ID()
		sealed, err := hpke.Seal(to, hpke.HKDFSHA256(), hpke.AES256GCM(), id[:], b)
		if err != nil {
			t.Fatal(err)
		}
		return proto.Marshal(&bywayv1.ResumeResponse{Sealed: sealed})
	}
}

// A counterparty that shows a party its own resume can't stop it.
func TestItsOwnResumeShowsNoOtherNode(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	bakery.say(alice, "bread")
	alice.restore(alice.copy(), bakery)
	resumed, _ := relationship(t, alice, bakery).Pending()
	fetch(t, alice, bakery)
	if err := alice.service.Ask(t.Context(), alice.key(), bakery.key(), resume.Claim{LostHeld: []resume.Span{{First: 1, Last: 1}}}); err != nil {
		t.Fatal(err)
	}
	alice.road = showing(t, &bywayv1.ResumePage{Records: [][]byte{resumed.Rec.Bytes()}, Clone: true})
	if err := alice.service.Fetch(t.Context(), alice.key(), bakery.key()); !errors.Is(err, resume.ErrMalformed) {
		t.Errorf("%v, want ErrMalformed", err)
	}
	r := relationship(t, alice, bakery)
	if _, pending := r.Pending(); !pending {
		t.Error("she stops asking")
	}
	if _, _, overtaken := r.Overtaken(); overtaken {
		t.Error("she stops")
	}
	meet(alice, bakery)
	fetch(t, alice, bakery)
}

// Of two nodes that run at once the one that was heard first gets all of it, the other's resume too.
func TestTheFirstOfTwoResumesComesToItsEnd(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	backup := alice.copy()
	bakery.say(alice, "cake")
	first := alice.again(backup.Clone(), bakery)
	reach := first.road
	first.road = func(req []byte) ([]byte, error) {
		if _, err := reach(req); err != nil {
			t.Error(err)
		}
		return nil, errors.New("the answer is lost")
	}
	if err := first.service.Fetch(t.Context(), first.key(), bakery.key()); err == nil {
		t.Fatal("it was answered")
	}
	first.road = reach
	second := alice.again(backup.Clone(), bakery)
	if err := second.service.Fetch(t.Context(), second.key(), bakery.key()); !errors.Is(err, resume.ErrClone) {
		t.Fatalf("the second: %v, want ErrClone", err)
	}
	fetch(t, first, bakery)
	checkTexts(t, first, "cake", "cake")
	r := relationship(t, first, bakery)
	if p, pending := r.Pending(); pending {
		t.Errorf("%s is still asked for", p.Claim.ID.Short())
	}
	if _, _, overtaken := r.Overtaken(); overtaken || len(r.Others()) != 1 {
		t.Errorf("overtaken: %v, by %d others; want one that came second", overtaken, len(r.Others()))
	}
}

// More records than a resume has room for are asked for after it, and none is left out.
func TestWhatHasNoRoomInAResumeIsAskedForAfterIt(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	bakery.say(alice, "bread")
	want := map[record.ID]bool{}
	for i := range 3 {
		var ids []record.ID
		for j := range resume.MaxRecords {
			id := record.SumID([]byte{byte(i), byte(j)})
			ids, want[id] = append(ids, id), true
		}
		if err := alice.service.Ask(t.Context(), alice.key(), bakery.key(), resume.Claim{Records: ids}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // and what the first epoch didn't get answered goes into the second
		alice.restore(alice.store, bakery)
		for range 8 {
			ask, more := relationship(t, alice, bakery).Uncovered()
			if !more {
				break
			}
			if err := alice.service.Ask(t.Context(), alice.key(), bakery.key(), ask); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := map[record.ID]bool{}
	alice.road = func(req []byte) ([]byte, error) {
		var m bywayv1.ResumeRequest
		if err := proto.Unmarshal(req, &m); err != nil {
			t.Fatal(err)
		}
		rec, err := record.ParseRecord(m.GetClaim())
		if err != nil {
			t.Fatal(err)
		}
		var c bywayv1.Claim
		if err := proto.Unmarshal(rec.Statement().Payload(), &c); err != nil {
			t.Fatal(err)
		}
		for _, id := range c.GetRecords() {
			got[record.ID(id)] = true
		}
		return bakery.service.Handle(t.Context(), req)
	}
	for range 8 {
		fetch(t, alice, bakery)
	}
	if !maps.Equal(got, want) {
		t.Errorf("%d records are asked for, want %d", len(got), len(want))
	}
	if _, more := relationship(t, alice, bakery).Uncovered(); more {
		t.Error("something is left")
	}
}

func TestNobodyAsksMoreOftenInAnEpochThanIsKept(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	want := func(n uint64) resume.Claim { return resume.Claim{LostHeld: []resume.Span{{First: n, Last: n}}} }
	subject := resume.Subject(alice.key(), bakery.key())
	var es []record.Entry
	var l record.Link
	for n := range uint64(resume.MaxAsks) {
		l.N = n + 1
		rec, err := resume.New(t.Context(), want(n+1), bakery.key(), l, alice.by)
		if err != nil {
			t.Fatal(err)
		}
		v, err := rec.Verify(record.Want{At: noon})
		if err != nil {
			t.Fatal(err)
		}
		es, l.Sent = append(es, record.Entry{Subject: subject, At: noon, Mine: true, Rec: v}), v.ID()
	}
	ask := func(n, place uint64) {
		t.Helper()
		if err := alice.service.Ask(t.Context(), alice.key(), bakery.key(), want(n)); err != nil {
			t.Fatal(err)
		}
		if h, err := alice.store.Head(t.Context(), alice.key(), bakery.key()); err != nil || h.N != place {
			t.Errorf("ask %d: the last place is %x, %v; want %x", n, h.N, err, place)
		}
	}
	if err := alice.store.Append(t.Context(), subject, -1, es[:resume.MaxAsks-1]); err != nil {
		t.Fatal(err)
	}
	ask(1000, resume.MaxAsks)
	ask(1001, resume.MaxAsks)
	alice.restore(alice.store, bakery)
	ask(1, record.Place(1, 2)) // which wasn't answered in the epoch before
	ask(1, record.Place(1, 2))
}

// Who breaks the rule that a resume comes first is answered all the same: both records prove it.
func TestAResumeAtAPlaceThatIsTakenIsAnswered(t *testing.T) {
	alice, bakery := newParty(t, "alice"), newParty(t, "the bakery")
	meet(alice, bakery)
	bakery.say(alice, "bread")
	old := alice.copy()
	if _, err := alice.store.NextEpoch(t.Context()); err != nil {
		t.Fatal(err)
	}
	alice.say(bakery, "cake") // where the resume should be
	if err := alice.service.Ask(t.Context(), alice.key(), bakery.key(), resume.Claim{LostHeld: []resume.Span{{First: 1, Last: 1}}}); err != nil {
		t.Fatal(err)
	}
	fetch(t, alice, bakery)
	alice.restore(old, bakery)
	fetch(t, alice, bakery)
	checkTexts(t, alice, "cake", "cake")
	fs, _, err := bakery.store.Faults(t.Context(), bakery.key(), alice.key(), nil, 0)
	if err != nil || len(fs) == 0 || fs[0].Kind != store.Fork {
		t.Errorf("the bakery's faults: %v, %v; want the fork", fs, err)
	}
}
