package faults

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// writers is how many goroutines of a child write at once, each to a subject of its own.
const writers = 16

// told is what a child has been told to be durable: of each writer how many entries.
type told map[int]int

func (t told) sum() (n int) {
	for _, count := range t {
		n += count
	}
	return n
}

// market makes what the writers write: every entry follows from its writer and number, so
// that what comes back can be compared to the byte.
type market struct {
	alice, bakery record.Signer
}

func newMarket() (market, error) {
	alice, err := record.NewSigner([32]byte{1})
	if err != nil {
		return market{}, err
	}
	bakery, err := record.NewSigner([32]byte{2})
	return market{alice, bakery}, err
}

func subjectOf(writer int) record.ID {
	return record.ID(sha256.Sum256(fmt.Appendf(nil, "writer %d", writer)))
}

// payload is 200 to 1,223 bytes that only this writer's n-th entry has.
func payload(writer, n int) []byte {
	var seed [16]byte
	binary.BigEndian.PutUint64(seed[:8], uint64(writer))
	binary.BigEndian.PutUint64(seed[8:], uint64(n))
	sum := sha256.Sum256(seed[:])
	size := 200 + int(binary.BigEndian.Uint16(sum[:]))%1024
	out := make([]byte, 0, size+len(sum))
	for len(out) < size {
		out = append(out, sum[:]...)
		sum = sha256.Sum256(sum[:])
	}
	return out[:size]
}

func (m market) say(ctx context.Context, db *store.DB, writer, n int) error {
	subject := subjectOf(writer)
	return db.AppendLinked(ctx, m.alice.Key(), m.bakery.Key(), n, func(l record.Link) ([]record.Entry, error) {
		st, err := record.New(record.Draft{
			Type: "test.saying", Version: 1, Recipient: m.bakery.Key(), Link: l, Payload: payload(writer, n),
			Signers: []record.Signatory{{Role: record.RoleAuthor, Key: m.alice.Key()}},
		})
		if err != nil {
			return nil, err
		}
		r, err := record.SignBy(ctx, st, m.alice)
		if err != nil {
			return nil, err
		}
		v, err := r.Verify(record.Want{Known: r.Signatures()})
		if err != nil {
			return nil, err
		}
		return []record.Entry{{Subject: subject, At: time.UnixMilli(int64(n)), Mine: true, Rec: v}}, nil
	})
}

// refusal is the line that tells of a write for which the disk had no room.
const refusal = "full"

// write appends for ever, or until a write fails, and tells out of each entry that was
// acknowledged: a line of writer and count. A patient one tries again where the disk is full.
func (m market) write(ctx context.Context, db *store.DB, out io.Writer, patient bool) error {
	errs := make(chan error, writers)
	for w := range writers {
		go func() {
			for {
				err := m.writeOne(ctx, db, out, w)
				if !patient || !errors.Is(err, store.ErrFull) {
					errs <- err
					return
				}
				if _, err := fmt.Fprintln(out, refusal); err != nil {
					errs <- err
					return
				}
				<-time.After(10 * time.Millisecond)
			}
		}()
	}
	err := <-errs
	for range writers - 1 {
		<-errs //nolint:errcheck // the first one says it
	}
	return err
}

func (m market) writeOne(ctx context.Context, db *store.DB, out io.Writer, w int) error {
	es, err := db.Entries(ctx, subjectOf(w))
	if n := len(es); err == nil && n > 0 { // the kill may have come before its letter
		err = post(ctx, db, w, (n-1)/8*8)
	}
	for n := len(es); err == nil; n++ {
		if err = m.say(ctx, db, w, n); err == nil && n%8 == 0 {
			err = post(ctx, db, w, n)
		}
		if err == nil {
			_, err = fmt.Fprintf(out, "%d %d\n", w, n+1)
		}
	}
	return err
}

// post puts a letter of writer's n-th entry into the spool, and takes those before away.
func post(ctx context.Context, db *store.DB, writer, n int) error {
	rows, err := db.Scan(ctx, letters, fmt.Appendf(nil, "%d ", writer), nil, 0)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Value = nil
	}
	key := fmt.Appendf(nil, "%d %d", writer, n)
	return db.Commit(ctx, store.Batch{Rows: append(rows, store.Row{Table: letters, Key: key, Value: payload(writer, n)})})
}

// loss is what was told and isn't there as it was written.
type loss struct {
	gone  int // entries and letters that were acknowledged and aren't there
	post  int // letters among them
	wrong int // those with other bytes than were written
}

func (l loss) plus(m loss) loss { return loss{l.gone + m.gone, l.post + m.post, l.wrong + m.wrong} }

func (l loss) any() bool { return l.gone+l.wrong > 0 }

// String says how much, in words.
func (l loss) String() string {
	return fmt.Sprintf("%d lost, %d of them letters, %d wrong", l.gone, l.post, l.wrong)
}

// compare looks in db for all that was told. An entry's time is its number, so that one
// that is gone from the middle doesn't hide those after it.
func compare(ctx context.Context, db *store.DB, t told) (l loss, err error) {
	for w, n := range t {
		es, err := db.Entries(ctx, subjectOf(w))
		if err != nil {
			return l, fmt.Errorf("read what writer %d wrote: %w", w, err)
		}
		held := map[int]bool{}
		for _, e := range es {
			i := int(e.At.UnixMilli())
			if e.Rec.IsZero() || string(e.Rec.Statement().Payload()) != string(payload(w, i)) || held[i] {
				l.wrong++
				continue
			}
			held[i] = true
		}
		for i := range n {
			if !held[i] {
				l.gone++
			}
		}
		if err := compareLetter(ctx, db, w, n, &l); err != nil {
			return l, err
		}
	}
	return l, nil
}

// compareLetter looks for the last letter that was told to be there, or the one after it.
func compareLetter(ctx context.Context, db *store.DB, w, n int, l *loss) error {
	if n == 0 {
		return nil
	}
	rows, err := db.Scan(ctx, letters, fmt.Appendf(nil, "%d ", w), nil, 0)
	if err != nil {
		return err
	}
	var number int
	for _, r := range rows {
		if _, err := fmt.Sscanf(string(r.Key), "%d %d", &w, &number); err != nil {
			return err
		}
		if string(r.Value) != string(payload(w, number)) {
			l.wrong++
		}
	}
	if len(rows) != 1 || number < (n-1)/8*8 {
		l.gone++
		l.post++
	}
	return nil
}
