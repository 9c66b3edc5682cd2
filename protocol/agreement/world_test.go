package agreement

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/record"
)

// packet is one record under way to a side, in a request or in an answer: both are
// taken alike. Or it is the word that a proffer was refused unread.
type packet struct {
	to      Side
	refused answer.Status
	rec     []byte
}

// world is two machines and the messages that they exchange, each of which has a number.
type world struct {
	t        testing.TB
	faults   *faults
	machines [2]*machine
	msgs     []packet
	index    map[string]int
}

func newWorld(t testing.TB, b broken) *world {
	w := &world{t: t, faults: &faults{}, index: make(map[string]int)}
	w.machines = [2]*machine{newMachine(t, w.faults, First, signer(t, "alice"), b), newMachine(t, w.faults, Second, signer(t, "bakery"), b)}
	return w
}

// number returns the message p as a set of one.
func (w *world) number(p packet) uint64 {
	k := fmt.Sprint(p.to, p.refused) + string(p.rec)
	i, ok := w.index[k]
	if !ok {
		if i = len(w.msgs); i == 64 {
			w.t.Fatal("more messages than the exploration has room for")
		}
		w.index[k] = i
		w.msgs = append(w.msgs, p)
	}
	return 1 << i
}

// replied returns what the answer to a request holds. Between honest parties two
// refusals alone happen.
func (w *world) replied(m *machine, req Message, resp []byte, err error) uint64 {
	var r *answer.Refusal
	switch {
	case errors.As(err, &r) && r.Status == answer.Expired && req.Kind == KindProffer:
		return w.number(packet{to: m.me.Other(), refused: r.Status})
	case errors.As(err, &r) && r.Status == answer.NotFound && req.Kind == KindEnd:
		return 0
	case err != nil:
		w.faults.add("%s refuses a %s: %v", m.me, req.Kind, err)
		return 0
	}
	got, err := decodeResponse(resp)
	if err != nil {
		w.t.Fatal(err)
	}
	var out uint64
	for _, rec := range got.records {
		out |= w.number(packet{to: m.me.Other(), rec: rec})
	}
	return out
}

func (w *world) read(b []byte) Message {
	v, err := record.Verify(b, record.Want{})
	if err != nil {
		w.t.Fatal(err)
	}
	m, err := Read(v)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// begin returns the person's state once the proffer is signed and kept.
func (w *world) begin() int {
	m := w.machines[0]
	j := &oneThread{}
	s := NewService(Config{Journal: j, Keys: ring{m.signer}, Rand: zeros{}, Now: func() time.Time { return epoch }})
	if _, _, err := s.proffer(w.t.Context(), To{m.signer.Key(), w.machines[1].signer.Key()}, exploreBody(), nil); err != nil {
		w.t.Fatal(err)
	}
	return m.intern(j.es)
}
