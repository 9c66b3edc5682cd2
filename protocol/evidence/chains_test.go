package evidence

import (
	"fmt"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// note is something that alice says to the bakery, which is about no agreement.
func (k *talk) note(epoch, count uint64, sent record.ID, text string) record.Verified {
	return k.says(alice, bakery, record.RoleFirst, "example.note", record.Link{N: epoch<<32 + count, Sent: sent}, &bywayv1.End{Text: text})
}

// chains are vectors of bundles that have gaps, forks and rewrites, or hardly not.
func (k *talk) chains() []recordtest.Vector {
	none, first, id := record.ID{}, k.before.ID(), k.whole.ID()
	x, y := k.note(0, 3, id, "one"), k.note(0, 3, id, "or another")
	if a, b := x.ID(), y.ID(); string(a[:]) > string(b[:]) {
		x, y = y, x // by id
	}
	lesser, greater := x.ID(), y.ID()
	anew := k.note(1, 1, id, "as it was")
	proffer := func(epoch uint64, sent record.ID) record.Verified {
		return k.sign(k.body(someBody(k.t), alice, bakery, record.Link{N: epoch<<32 + 1, Sent: sent}), alice)
	}
	early, late := proffer(1, none), proffer(1, first)
	var out []recordtest.Vector
	for _, c := range []struct {
		about  string
		faults int
		more   []record.Verified // beside the two that come first
	}{
		{"a fork", 1, []record.Verified{k.note(0, 1, none, "another")}},
		{"a fork of three", 2, []record.Verified{x, y, k.note(0, 3, id, "or a third")}},
		{"a fork gone on from either", 1, []record.Verified{x, y, k.note(0, 4, lesser, "")}},
		{"a rewrite", 1, []record.Verified{k.note(0, 3, first, "")}},
		{"a rewrite that is the second at its place", 1, []record.Verified{k.note(0, 3, first, ""), k.note(0, 3, id, "")}},
		{"a gap of two places", 1, []record.Verified{k.note(0, 5, first, "")}},
		{"two gaps", 2, []record.Verified{k.note(0, 4, first, ""), k.note(0, 6, first, "")}},
		{"a later epoch that names the last one before", 0, []record.Verified{anew}},
		{"a later epoch that names none before", 0, []record.Verified{k.note(1, 1, none, "")}},
		{"a later epoch that names another before", 1, []record.Verified{k.note(1, 1, first, "")}},
		{"a later epoch that names what isnt here", 1, []record.Verified{k.note(1, 1, k.end.ID(), "")}},
		{"a later epoch after a fork that names the greater", 1, []record.Verified{x, y, k.note(1, 1, greater, "")}},
		{"a later epoch after a fork that names the lesser", 2, []record.Verified{x, y, k.note(1, 1, lesser, "")}},
		{"a later epoch that doesnt begin at one", 1, []record.Verified{k.note(1, 3, id, "")}},
		{"a later epoch gone on with", 0, []record.Verified{anew, k.note(1, 2, anew.ID(), "")}},
		{"a rewrite within a later epoch", 1, []record.Verified{anew, k.note(1, 2, id, "")}},
		{"two later epochs, of which one left no trace", 0, []record.Verified{k.note(3, 1, id, "")}},
		{"a later epoch after a later one", 0, []record.Verified{anew, k.note(3, 1, anew.ID(), "")}},
		{"a later epoch that names one before the last epoch", 1, []record.Verified{anew, k.note(3, 1, id, "")}},
		{"the last epoch that there is", 0, []record.Verified{k.note(1<<32-1, 1, none, "")}},
	} {
		p := Parts{Thread: id, Records: append([]record.Verified{k.before, k.whole}, c.more...)}
		out = append(out, vector(c.about, "complete", c.faults, k.bundle(p).Bytes()))
	}
	for i, v := range []record.Verified{early, late} {
		names := []string{"none", "what isnt here"}[i]
		about := fmt.Sprintf("nothing before a later epoch that names %s", names)
		out = append(out, vector(about, "open", i, k.bundle(Parts{Thread: v.ID(), Records: []record.Verified{v}}).Bytes()))
	}
	return out
}
