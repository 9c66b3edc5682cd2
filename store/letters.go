package store

import (
	"encoding/binary"
	"fmt"

	"github.com/bywaynet/byway/store/internal/segment"
)

// spool is the trail of rows that are done with one day: the outbox, letters, what expires.
// It knows which of its files still has a row that counts; the oldest go when they have none.
// All of it is the writer's own.
type spool struct {
	files *segment.Files
	live  map[string]uint32 // a row, and the file that has it
	count map[uint32]int    // how many rows count in each file
}

func newSpool() *spool { return &spool{live: map[string]uint32{}, count: map[uint32]int{}} }

// letters is what one entry of the spool says.
type letters struct {
	with uint64 // the log entry that it came with; 0 for none
	rows []kv
	void uint64 // the spool entry that counts for nothing; then it has no rows
}

func (l letters) encode() []byte {
	if l.void > 0 {
		return binary.BigEndian.AppendUint64([]byte{bodyVoid}, l.void)
	}
	return appendRows(binary.BigEndian.AppendUint64([]byte{bodyLetters}, l.with), l.rows)
}

func decodeLetters(b []byte) (l letters, err error) {
	d := &bodyReader{b: b}
	switch kind := d.take(1)[0]; kind {
	case bodyLetters:
		l.with, l.rows = d.uint64(), d.rows()
	case bodyVoid:
		l.void = d.uint64()
		d.bad = d.bad || l.void == 0
	default:
		d.bad = true
	}
	if d.bad || len(d.b) > 0 {
		return l, fmt.Errorf("%w: a spool entry of %d bytes", ErrCorrupt, len(b))
	}
	return l, nil
}

// note counts the rows of one entry in a file.
func (s *spool) note(rows []kv, file uint32) {
	for _, r := range rows {
		k := string(r.key)
		if old, ok := s.live[k]; ok {
			s.count[old]--
			delete(s.live, k)
		}
		if r.value != nil {
			s.live[k] = file
			s.count[file]++
		}
	}
}

// append writes entries, each durable when it returns.
func (s *spool) append(ls []letters) error {
	ps := make([]segment.Pending, len(ls))
	for i, l := range ls {
		ps[i].Sealed = s.files.Sealer().Seal(l.encode())
	}
	last, err := s.files.Append(ps...)
	if err != nil {
		return err
	}
	list := s.files.Segments()
	for i, l := range ls {
		s.note(l.rows, fileOf(list, last.Seq-uint64(len(ls)-1-i)))
	}
	return s.drop(list)
}

// fileOf returns which file has an entry: one write may begin a new file.
func fileOf(list []segment.Info, seq uint64) uint32 {
	i := len(list) - 1
	for i > 0 && list[i].First > seq {
		i--
	}
	return list[i].Number
}

// drop removes the oldest files while nothing in them counts. A file goes only after all
// those before it: a row's end may be in a later file than the row.
func (s *spool) drop(list []segment.Info) error {
	through := uint32(0)
	for _, i := range list[:max(0, len(list)-1)] {
		if s.count[i.Number] > 0 {
			break
		}
		through = i.Number
		delete(s.count, i.Number)
	}
	if through == 0 {
		return nil
	}
	return s.files.Drop(through)
}

func (s *spool) head() position { return headOf(s.files) }

// spooled is an entry of the spool as it is replayed.
type spooled struct {
	letters
	seq  uint64
	hash [32]byte
	file uint32
}

// gather keeps an entry of a spool that is being opened.
func gather(into *[]spooled) func(segment.Entry) error {
	return func(e segment.Entry) error {
		l, err := decodeLetters(e.Body)
		if err != nil {
			return fmt.Errorf("spool entry %d: %w", e.Seq, err)
		}
		*into = append(*into, spooled{l, e.Seq, e.Hash, e.Segment})
		return nil
	}
}

// settle leaves out what counts for nothing, notes the rest, and returns which entries
// have to be declared void: their log entries never came to be, and the numbers of those
// will be given to others.
func (s *spool) settle(all []spooled, logged uint64) (counts []spooled, void []letters) {
	voided := map[uint64]bool{}
	for _, e := range all {
		if e.void > 0 {
			voided[e.void] = true
		}
	}
	for _, e := range all {
		switch {
		case voided[e.seq] || e.void > 0:
		case e.with > logged:
			void = append(void, letters{void: e.seq})
		default:
			s.note(e.rows, e.file)
			counts = append(counts, e)
		}
	}
	return counts, void
}
