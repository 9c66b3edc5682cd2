package evidence

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

func TestTypesAreThoseOfTheirProtocols(t *testing.T) {
	if typeOffer != offer.TypeOffer || typeTaking != offer.TypeTaking {
		t.Error("a type has another name here")
	}
}

func TestTheSameRecordsMakeTheSameBundleInAnyOrder(t *testing.T) {
	k := newTalk(t)
	p := k.parts()
	want := k.bundle(p).Bytes()
	slices.Reverse(p.Records)
	p.Records = append(p.Records, k.whole, k.end)
	if !bytes.Equal(k.bundle(p).Bytes(), want) {
		t.Error("another order makes another file")
	}
	b, err := Parse(bytes.Clone(want), noon)
	if err != nil || len(b.Records()) != 5 || b.First() != alice.Key() || b.Second() != bakery.Key() || b.Thread() != k.proffer.ID() {
		t.Fatalf("%+v, %v", b, err)
	}
	if b.Roster().ID() != terms.Default().ID() || b.Offer().ID() != k.offer.ID() || b.Taking().ID() != k.taking.ID() {
		t.Error("what goes along came back as something else")
	}
}

func TestARecordThatDoesntBelongIsRefused(t *testing.T) {
	k := newTalk(t)
	id := k.proffer.ID()
	otherEnd := k.says(bob, alice, record.RoleSecond, "agreement.end", record.Link{N: 1}, &bywayv1.End{Body: id[:]})
	for name, c := range map[string]struct {
		change func(*Parts)
		want   error
	}{
		"to somebody else":         {func(p *Parts) { p.Records = append(p.Records, k.elsewhere) }, ErrStrange},
		"by somebody else":         {func(p *Parts) { p.Records = append(p.Records, otherEnd) }, ErrStrange},
		"of the cast's key":        {func(p *Parts) { p.Records = append(p.Records, k.offer) }, ErrStrange},
		"the taking among the two": {func(p *Parts) { p.Records = append(p.Records, k.taking) }, ErrStrange},
		"open to all":              {func(p *Parts) { p.Records = append(p.Records, terms.Default().Record()) }, ErrStrange},
		"no thread":                {func(p *Parts) { p.Thread = record.SumID(nil) }, ErrMalformed},
		"an end as thread":         {func(p *Parts) { p.Thread = k.end.ID() }, ErrMalformed},
		"no records":               {func(p *Parts) { p.Records = nil }, ErrMalformed},
		"an offer without taking":  {func(p *Parts) { p.Taking = record.Verified{} }, ErrStrange},
		"a taking of nothing":      {func(p *Parts) { p.Taking = k.end }, ErrStrange},
		"another offer":            {func(p *Parts) { p.Offer = k.acceptance }, ErrStrange},
		"no roster":                {func(p *Parts) { p.Roster = k.end }, ErrMalformed},
	} {
		p := k.parts()
		c.change(&p)
		if b, err := New(p); !errors.Is(err, c.want) || b.Bytes() != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestFilesThatAreNoBundleAreRefusedByName(t *testing.T) {
	whole := newTalk(t).bundle(newTalk(t).parts()).Bytes()
	newer := bytes.Clone(whole[:len(whole)-32])
	newer[len(magic)] = 2
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"empty":         {nil, ErrMalformed},
		"a record":      {newTalk(t).whole.Bytes(), ErrMalformed},
		"cut":           {whole[:len(whole)-1], ErrMalformed},
		"changed":       {append(bytes.Clone(whole[:40]), append([]byte{whole[40] ^ 1}, whole[41:]...)...), ErrMalformed},
		"with more":     {append(bytes.Clone(whole), 0), ErrMalformed},
		"newer":         {summed(newer), ErrVersion},
		"other magic":   {summed(append([]byte("byway-xx"), whole[8:len(whole)-32]...)), ErrMalformed},
		"too large":     {make([]byte, MaxBundle+1), ErrTooLarge},
		"claims much":   {summed(slices.Concat(whole[:41], []byte{0xff, 0xff, 0xff, 0xff}, make([]byte, 64))), ErrTooLarge},
		"twice the sum": {summed(whole), ErrMalformed},
	} {
		if b, err := Parse(c.b, noon); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v (%d records)", name, err, c.want, len(b.Records()))
		}
	}
}

func TestSelectionEndsWithTheThreadAndLeavesOthersOut(t *testing.T) {
	k := newTalk(t)
	all := []record.Verified{k.elsewhere, k.after, k.end, k.offer, k.taking, k.receipt, k.whole, k.proffer, k.acceptance, k.before}
	got, err := Select(k.proffer.ID(), []record.Verified{k.proffer, k.taking, k.whole, k.end}, all)
	if err != nil {
		t.Fatal(err)
	}
	b := k.bundle(k.parts(got...))
	if want := k.bundle(k.parts()).Bytes(); !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%d records are selected, want 5", len(b.Records()))
	}
	// Of a thread that is one record, what came after that isn't in it.
	if got, err = Select(k.acceptance.ID(), nil, all); err != nil || len(got) != 1 {
		t.Errorf("%d records up to the acceptance, want 1: %v", len(got), err)
	}
	if theirs := bob.Key(); bytes.Contains(b.Bytes(), theirs[:]) {
		t.Error("the key of another relationship is in it")
	}
	if _, err := Select(record.SumID(nil), nil, all); !errors.Is(err, ErrMalformed) {
		t.Errorf("of no thread: %v", err)
	}
}

// A shop that says something twice mustn't keep the person's evidence from being read.
func TestSelectionLeavesOutWhatNoBundleCanHold(t *testing.T) {
	k := newTalk(t)
	id, l := k.proffer.ID(), record.Link{N: 1, Held: k.receipt.ID()}
	again := k.says(bakery, alice, record.RoleSecond, agreement.TypeEnd, l, &bywayv1.End{Body: id[:], Text: "again"})
	no := k.says(bakery, alice, record.RoleSecond, agreement.TypeDecline, l, &bywayv1.Decline{Body: id[:]})
	own := []record.Verified{k.proffer, k.whole, k.end}
	got, err := Select(id, own, []record.Verified{k.before, k.receipt, again, no, k.end, k.whole, k.proffer})
	if err != nil {
		t.Fatal(err)
	}
	b := k.bundle(k.parts(got...))
	if _, err := Parse(b.Bytes(), noon); err != nil {
		t.Fatal(err)
	}
	if has := b.Faults(); len(b.Records()) != 6 || len(b.Agreement().Breaches()) != 1 || len(has) != 2 {
		t.Errorf("%d records with faults %q, want the decline in it, which proves a breach, and not the second end", len(b.Records()), has)
	}
}

// Who signs something twice mustn't choose which of the two the evidence has, nor have two honest keepers' files differ.
func TestOfTwoThatContradictTheAcknowledgedOneGoesInElseTheFirstInOrder(t *testing.T) {
	k := newTalk(t)
	id, one, two := k.whole.ID(), k.whole, k.byNode(k.whole, alice, node(t, bakery, time.Hour))
	acknowledges := func(v record.Verified) record.Verified {
		sum := v.Record().Sum()
		return k.says(alice, bakery, record.RoleFirst, agreement.TypeReceipt, record.Link{N: 3, Sent: id}, &bywayv1.Receipt{Received: []*bywayv1.Received{{Id: id[:], Sha256: sum[:]}}})
	}
	first := one
	if a, b := one.Record().Sum(), two.Record().Sum(); bytes.Compare(a[:], b[:]) > 0 {
		first = two
	}
	for _, c := range []struct {
		all  []record.Verified
		want record.Verified
	}{
		{[]record.Verified{one, two, acknowledges(one)}, one},
		{[]record.Verified{one, two, acknowledges(two)}, two},
		{[]record.Verified{one, two}, first},
	} {
		for range c.all { // whichever was kept first
			c.all = append(c.all[1:], c.all[0])
			got, err := Select(id, c.all[:1], c.all[1:])
			if err != nil {
				t.Fatal(err)
			}
			if b := k.bundle(Parts{Thread: id, Records: got, At: noon}); !slices.ContainsFunc(b.Records(), func(v record.Verified) bool { return v.Record().Sum() == c.want.Record().Sum() }) || len(got) != len(c.all)-1 {
				t.Errorf("%d of %d records go in, and not the right one", len(got), len(c.all))
			}
		}
	}
}

// What a record of the thread names as held is in, whichever of them names the later one.
func TestSelectionReachesAllThatTheThreadNamesAsHeld(t *testing.T) {
	k := newTalk(t)
	id := k.whole.ID()
	hers := k.note(0, 3, id, "held first")
	no := k.says(bakery, alice, record.RoleSecond, agreement.TypeDecline, record.Link{N: 1, Held: hers.ID()}, &bywayv1.Decline{Body: id[:]})
	end := k.says(bakery, alice, record.RoleSecond, agreement.TypeEnd, record.Link{N: 2, Sent: no.ID(), Held: k.before.ID()}, &bywayv1.End{Body: id[:]})
	for _, own := range [][]record.Verified{{k.whole, no, end}, {end, no, k.whole}} {
		got, err := Select(id, own, []record.Verified{k.before, hers})
		if err != nil || len(got) != 5 {
			t.Errorf("%d records, want 5: %v", len(got), err)
		}
	}
}

func TestTheOldestIsLeftOutOfWhatIsTooMuch(t *testing.T) {
	k := newTalk(t)
	var all []record.Verified
	last := record.ID{}
	const many = MaxRecords + 3
	for n := uint64(1); n <= many; n++ {
		v := k.says(alice, bakery, record.RoleFirst, "example.note", record.Link{N: n, Sent: last}, &bywayv1.End{})
		all, last = append(all, v), v.ID()
	}
	proffer := k.sign(k.body(someBody(t), alice, bakery, record.Link{N: many + 1, Sent: last}), alice)
	got, err := Select(proffer.ID(), []record.Verified{proffer}, append(all, proffer))
	if err != nil || len(got) != MaxRecords {
		t.Fatalf("%d records: %v", len(got), err)
	}
	b, err := New(Parts{Thread: proffer.ID(), Records: got})
	if err != nil {
		t.Fatal(err)
	}
	if first := b.Records()[0].Statement().Link().N; first != many+2-MaxRecords {
		t.Errorf("it begins at place %d", first)
	}
	if _, err := New(Parts{Thread: proffer.ID(), Records: append(all, proffer)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("all of it: %v", err)
	}
}
