package store

import (
	"encoding/binary"
	"fmt"

	"github.com/bywaynet/byway/store/internal/segment"
)

// ahead is what the index notes of a start before it adds to the trails what they lost; it
// is gone once all is told. So a start that was cut off is gone on with by the next one.
type ahead struct {
	log, spool position      // how far the index knew each trail that ends before that; zero for nothing
	ended      segment.Place // where the log ended
	event      uint64        // the last event that the index had
	remade     bool          // the index was made from the trails: it has nothing that they had lost by then
}

const aheadSize = 2*positionSize + 3*8 + 1

func (a ahead) encode() []byte {
	b := a.spool.append(a.log.append(make([]byte, 0, aheadSize)))
	for _, n := range []uint64{a.ended.Seq, a.ended.Mark, a.event} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	if a.remade {
		return append(b, 1)
	}
	return append(b, 0)
}

func decodeAhead(b []byte) (a ahead, err error) {
	if b == nil {
		return a, nil
	}
	if len(b) != aheadSize {
		return a, fmt.Errorf("%w: a row of %d bytes for what it has alone", errIndex, len(b))
	}
	for _, p := range []*position{&a.log, &a.spool} {
		b = p.take(b)
	}
	for _, n := range []*uint64{&a.ended.Seq, &a.ended.Mark, &a.event} {
		*n, b = binary.BigEndian.Uint64(b), b[8:]
	}
	a.remade = b[0] == 1
	return a, nil
}

// strayLog notes what the index has of the log and the log hasn't, and has it stand where that ends.
func (o *opening) strayLog() error {
	logged, _ := o.db.log.Head()
	if o.at.log.seq <= logged.Seq {
		return nil
	}
	b, err := o.begun()
	if err != nil {
		return err
	}
	last, err := lastEvent(b.all, logged.Mark)
	if err != nil {
		return err
	}
	a := &o.ahead
	if a.log.seq == 0 || logged.Seq < a.ended.Seq {
		a.ended = logged
	}
	if a.log.seq < o.at.log.seq {
		a.log = o.at.log
	}
	a.event = max(a.event, last)
	o.at.log = headOf(o.db.log)
	return nil
}

// straySpool notes where the index knew more of the spool than there is, or another one,
// which is replayed as a whole.
func (o *opening) straySpool(all []spooled) {
	other := false
	for _, e := range all {
		other = other || e.seq == o.at.spool.seq && e.hash != o.at.spool.hash
	}
	if !other && o.at.spool.seq <= o.db.spool.head().seq {
		return
	}
	if o.ahead.spool.seq < o.at.spool.seq {
		o.ahead.spool = o.at.spool
	}
	if other {
		o.at.spool = position{}
	}
}

// flaws are what the note comes to, where the spool ends now at the entry given.
func (a ahead) flaws(spooled uint64) (out []flaw) {
	if a.spool.seq > 0 {
		out = append(out, flaw{segment.Break{Kind: segment.Missing, After: segment.Place{Seq: spooled}, Offset: int64(a.spool.seq), New: true}, SpoolTrail, FoundLetters, a.spool})
	}
	if a.log.seq > 0 {
		before := segment.Place{Seq: a.log.seq + 1, Mark: max(a.ended.Mark, a.event)}
		out = append(out, flaw{segment.Break{After: a.ended, Before: before, Offset: int64(a.log.seq), New: true}, LogTrail, FoundAhead, a.log})
	}
	return out
}
