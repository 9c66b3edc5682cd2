package store_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/internal/index"
	"github.com/dgraph-io/badger/v4"
)

// The rows that one append of a new subject changes, as keys.go lays them out: what the
// floors write, too. Sizes of key and value; a value of 0 stands for the record.
var rowsOfAppend = [][2]int{{33, 5}, {37, 42}, {33, 0}, {9, 36}, {30, 36}, {65, 80}}

// recordSize is that of a usual agreement body with one signature, in bytes.
const recordSize = 650

func floorRows(n uint64) [][2][]byte {
	out := make([][2][]byte, len(rowsOfAppend))
	for i, size := range rowsOfAppend {
		k := sha256.Sum256(binary.BigEndian.AppendUint64([]byte{byte(i)}, n))
		key := append(make([]byte, 0, 65), 'a'+byte(i))
		for len(key) < size[0] {
			key = append(key, k[:min(32, size[0]-len(key))]...)
		}
		if size[1] == 0 {
			size[1] = recordSize
		}
		out[i] = [2][]byte{key, noise(size[1])}
	}
	return out
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// relationships is over how many the entries are spread: more than there are writers at once, who would else
// write what comes later in a chain before what comes earlier.
const relationships = 1024

// entries are n entries of new subjects, made before the clock starts.
func benchEntries(b *testing.B, n int) []record.Entry {
	b.Helper()
	alice, err := record.NewSigner(sha256.Sum256([]byte("alice")))
	if err != nil {
		b.Fatal(err)
	}
	bakeries := make([]record.Key, relationships)
	for i := range bakeries {
		s, err := record.NewSigner(sha256.Sum256(fmt.Append(nil, "bakery ", i)))
		if err != nil {
			b.Fatal(err)
		}
		bakeries[i] = s.Key()
	}
	out := make([]record.Entry, n)
	links := make([]record.Link, relationships)
	for i := range out {
		link := &links[i%relationships]
		link.N++
		st, err := record.New(record.Draft{
			Type: "bench.saying", Version: 1, Recipient: bakeries[i%relationships], Link: *link, Payload: noise(recordSize - 280),
			Signers: []record.Signatory{{Role: record.RoleAuthor, Key: alice.Key()}},
		})
		if err != nil {
			b.Fatal(err)
		}
		r, err := record.SignBy(context.Background(), st, alice)
		if err != nil {
			b.Fatal(err)
		}
		v, err := r.Verify(record.Want{Known: r.Signatures()})
		if err != nil {
			b.Fatal(err)
		}
		out[i] = record.Entry{Subject: v.ID(), At: time.UnixMilli(1), Mine: true, Rec: v}
		link.Sent = v.ID()
	}
	return out
}

func benchBadger(b *testing.B) *badger.DB {
	b.Helper()
	db, err := badger.Open(index.Options(b.TempDir(), slog.New(slog.DiscardHandler)).WithSyncWrites(true))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

func setAll(db *badger.DB, rows ...[][2][]byte) error {
	txn := db.NewTransaction(true)
	defer txn.Discard()
	for _, rs := range rows {
		for _, r := range rs {
			if err := txn.Set(r[0], r[1]); err != nil {
				return err
			}
		}
	}
	return txn.Commit()
}

// BenchmarkOneWriter alternates one durable append with its floors, so that all meet
// the same disk: a bare file, and a synced Badger transaction of one row and of the same rows.
func BenchmarkOneWriter(b *testing.B) {
	es := benchEntries(b, b.N)
	db, one, six := open(b, b.TempDir()), benchBadger(b), benchBadger(b)
	b.Cleanup(func() { db.Close() })
	f, err := os.OpenFile(filepath.Join(b.TempDir(), "log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	line := noise(recordSize)
	took := map[string][]time.Duration{}
	for i := range b.N {
		rows := floorRows(uint64(i))
		cases := []benchCase{
			{"file", func() error {
				if _, err := f.Write(line); err != nil {
					return err
				}
				return datasync(f)
			}},
			{"badger-1", func() error { return setAll(one, rows[2:3]) }},
			{"badger-6", func() error { return setAll(six, rows) }},
			{"store", func() error { return db.Append(b.Context(), es[i].Subject, 0, es[i:i+1]) }},
		}
		// Another order each time, since what was synced just before helps or hinders the next.
		for n := range cases {
			c := cases[(i+n*(1+i/4%2*2))%len(cases)]
			began := time.Now()
			if err := c.do(); err != nil {
				b.Fatal(err)
			}
			took[c.name] = append(took[c.name], time.Since(began))
		}
	}
	ours := median(took["store"])
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(ours.Microseconds()), "µs")
	for _, floor := range []string{"file", "badger-1", "badger-6"} {
		b.ReportMetric(float64(ours)/float64(median(took[floor])), "x-"+floor)
	}
}

type benchCase struct {
	name string
	do   func() error
}

func median[T cmp.Ordered](d []T) T {
	slices.Sort(d)
	return d[len(d)/2]
}

// burst is how many appends are timed in one go: fewer than the index may lag behind, which is waited for
// before the next, so that each begins as in a quiet minute.
const burst = 8192

// BenchmarkWriters has many writers at once, each waiting for its own append, in bursts that alternate with the floor's: a bare file
// with as many writers. Once, it has as many write the same rows to bare Badger: behind a bare funnel, and with a transaction each.
func BenchmarkWriters(b *testing.B) {
	for _, writers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			es := benchEntries(b, b.N)
			db := open(b, b.TempDir())
			b.Cleanup(func() { db.Close() })
			file := newBareFile(b)
			b.Cleanup(file.close)
			var took []time.Duration
			var ratios []float64
			b.ResetTimer()
			for es := range slices.Chunk(es, burst) {
				filed := race(b, writers, len(es), func(int) error { return file.put(nil) })
				ours := race(b, writers, len(es), func(i int) error { return db.Append(b.Context(), es[i].Subject, 0, es[i:i+1]) })
				indexed(b, db)
				took, ratios = append(took, ours/time.Duration(len(es))), append(ratios, filed.Seconds()/ours.Seconds())
			}
			ours := median(took)
			funnelled, each := bareBadger(b, writers, min(b.N, burst))
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(1/ours.Seconds(), "appends/s")
			b.ReportMetric(median(ratios), "x-file")
			b.ReportMetric(funnelled.Seconds()/ours.Seconds(), "x-funnel")
			b.ReportMetric(each.Seconds()/ours.Seconds(), "x-txn-each")
		})
	}
}

// BenchmarkSustained has 256 writers append until the index has all of it, beside bare Badger with a transaction each.
func BenchmarkSustained(b *testing.B) {
	const writers = 256
	es := benchEntries(b, b.N)
	db := open(b, b.TempDir())
	b.Cleanup(func() { db.Close() })
	b.ResetTimer()
	took := race(b, writers, b.N, func(i int) error { return db.Append(b.Context(), es[i].Subject, 0, es[i:i+1]) })
	took += indexed(b, db)
	b.StopTimer()
	ours := took / time.Duration(b.N)
	_, each := bareBadger(b, writers, min(b.N, burst))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(1/ours.Seconds(), "indexed/s")
	b.ReportMetric(each.Seconds()/ours.Seconds(), "x-txn-each")
}

// bareBadger returns what one append's rows take where many write them to Badger: behind a bare funnel, and with a transaction each.
func bareBadger(b *testing.B, writers, n int) (funnelled, each time.Duration) {
	b.Helper()
	rows := make([][][2][]byte, n)
	for i := range rows {
		rows[i] = floorRows(uint64(i))
	}
	one, shared := benchBadger(b), newBareFunnel(benchBadger(b))
	b.Cleanup(shared.close)
	funnelled = race(b, writers, n, func(i int) error { return shared.put(rows[i]) })
	each = race(b, writers, n, func(i int) error { return setAll(one, rows[i]) })
	return funnelled / time.Duration(n), each / time.Duration(n)
}

// indexed waits until the index has all, so that nothing of it takes from what is measured next, and
// returns how long that took.
func indexed(b *testing.B, db *store.DB) time.Duration {
	b.Helper()
	began := time.Now()
	for {
		r, err := db.Report(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if r.Lag == 0 {
			return time.Since(began)
		}
		time.Sleep(time.Millisecond)
	}
}

// race does work 0 to n-1 by the given number of goroutines and returns how long that took.
func race(b *testing.B, writers, n int, do func(i int) error) time.Duration {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range writers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

// bareFunnel is the least that shares syncs: no decisions, no order, no bounds.
type bareFunnel struct {
	in   chan barePut
	done chan struct{}
}

type barePut struct {
	rows [][2][]byte
	err  chan error
}

func newBareFunnel(db *badger.DB) *bareFunnel {
	return newFunnel(func(rows [][][2][]byte) error { return setAll(db, rows...) })
}

// newBareFile appends as many records to a file, which it syncs before it tells: the least
// that a log could do, without a look at what it writes.
func newBareFile(b *testing.B) *bareFunnel {
	b.Helper()
	f, err := os.OpenFile(filepath.Join(b.TempDir(), "log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	line := noise(recordSize)
	var buf []byte
	return newFunnel(func(rows [][][2][]byte) error {
		buf = buf[:0]
		for range rows {
			buf = append(buf, line...)
		}
		if _, err := f.Write(buf); err != nil {
			return err
		}
		return datasync(f)
	})
}

func newFunnel(write func(rows [][][2][]byte) error) *bareFunnel {
	f := &bareFunnel{in: make(chan barePut, 256), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		for p := range f.in {
			puts, rows := []barePut{p}, [][][2][]byte{p.rows}
			for len(puts) < 256 && len(f.in) > 0 {
				p := <-f.in
				puts, rows = append(puts, p), append(rows, p.rows)
			}
			err := write(rows)
			for _, p := range puts {
				p.err <- err
			}
		}
	}()
	return f
}

func (f *bareFunnel) put(rows [][2][]byte) error {
	p := barePut{rows, make(chan error, 1)}
	f.in <- p
	return <-p.err
}

func (f *bareFunnel) close() {
	close(f.in)
	<-f.done
}
