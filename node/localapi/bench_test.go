package localapi

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/bywaynet/byway/node/listing"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
)

const (
	// benchPersons is with how many persons the bakery of the benchmark deals.
	benchPersons = 1000
	benchPage    = 50
	// benchWrite is how many agreements are stored with one write.
	benchWrite = 200
)

// lined is a store with its listing, as a node has them.
type lined struct {
	*store.DB
	*listing.Listing
}

func (l lined) Entries(ctx context.Context, id record.ID) ([]record.Entry, error) {
	return l.DB.Entries(ctx, id)
}

// BenchmarkAgreementsPage reads pages of 50 agreements of 100,000, or of 1,000,000 where
// BYWAY_BENCH_FULL is 1, by the handler that answers the command line. A quarter are open, a
// quarter ended. Its floor is 50 single reads of rows in the same store.
func BenchmarkAgreementsPage(b *testing.B) {
	n := 100_000
	if os.Getenv("BYWAY_BENCH_FULL") == "1" {
		n = 1_000_000
	}
	d, db := benchDealing(b, n)
	anywhere := func() uint64 { return rand.Uint64N(uint64(n)) + 1 }
	somebody := func() string { return recordtest.Key(benchName(rand.IntN(benchPersons))).String() }
	for _, c := range []struct {
		name string
		req  func() *localv1.ListAgreementsRequest
	}{
		{"newest", func() *localv1.ListAgreementsRequest { return &localv1.ListAgreementsRequest{Newest: true} }},
		{"oldest", func() *localv1.ListAgreementsRequest { return &localv1.ListAgreementsRequest{} }},
		{"newest from anywhere", func() *localv1.ListAgreementsRequest {
			return &localv1.ListAgreementsRequest{Newest: true, After: anywhere()}
		}},
		{"oldest from anywhere", func() *localv1.ListAgreementsRequest {
			return &localv1.ListAgreementsRequest{After: anywhere()}
		}},
		{"newest ended, from anywhere", func() *localv1.ListAgreementsRequest {
			return &localv1.ListAgreementsRequest{State: "ended", Newest: true, After: anywhere()}
		}},
		{"newest with one", func() *localv1.ListAgreementsRequest {
			return &localv1.ListAgreementsRequest{Who: somebody(), Newest: true}
		}},
		{"oldest complete with one", func() *localv1.ListAgreementsRequest {
			return &localv1.ListAgreementsRequest{Who: somebody(), State: "complete"}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			timed(b, func() {
				req := c.req()
				req.Limit = benchPage
				if _, err := d.ListAgreements(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
	ids := benchIDs(b, d)
	b.Run("one by 8 letters", func(b *testing.B) {
		timed(b, func() {
			if _, err := d.find(b.Context(), ids[rand.IntN(len(ids))].Short()); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("floor: 50 reads of a row", func(b *testing.B) {
		timed(b, func() {
			for range benchPage {
				// A line's key, as package listing lays it out.
				if _, err := db.Get(b.Context(), listing.Table, binary.BigEndian.AppendUint64([]byte{'n'}, anywhere())); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// timed calls f and reports the median and the 99th percentile of what a call takes.
func timed(b *testing.B, f func()) {
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		f()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	ms := func(p float64) float64 {
		return float64(took[int(p*float64(len(took)-1))].Nanoseconds()) / 1e6
	}
	b.ReportMetric(ms(0.5), "ms-p50")
	b.ReportMetric(ms(0.99), "ms-p99")
}

func benchName(i int) string { return fmt.Sprintf("person %d", i) }

func benchIDs(b *testing.B, d *Dealing) (out []record.ID) {
	b.Helper()
	lines, err := d.Threads.Page(b.Context(), listing.Query{Newest: true}, 1000, epoch)
	if err != nil {
		b.Fatal(err)
	}
	for _, l := range lines {
		out = append(out, l.View.ID)
	}
	return out
}

// benchDealing is the bakery's, with n agreements in a store on disk.
func benchDealing(b *testing.B, n int) (*Dealing, *store.DB) {
	b.Helper()
	db, err := store.Open(b.Context(), b.TempDir(), store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	began := time.Now()
	fill(b, db, n)
	filled := time.Now()
	l := listing.New(listing.Config{Store: db})
	if _, err := l.Page(b.Context(), listing.Query{}, 1, epoch); err != nil {
		b.Fatal(err)
	}
	made := time.Now()
	size := settled(b, db)
	b.Logf("%d agreements, %d entries and %d MB on disk, written in %s; their lines made in %s", n, size.Entries, size.Bytes>>20,
		filled.Sub(began).Round(time.Second), made.Sub(filled).Round(time.Second))
	service := agreement.NewService(agreement.Config{Journal: db, Keys: keys{recordtest.Signer("bakery")}, Now: clock})
	return &Dealing{
		Agreements: service, Threads: lined{db, l}, Book: book{contact("bakery", "The Bakery")}, Roster: terms.Default(), Now: clock, Organisation: true,
	}, db
}

// settled waits until the index merges nothing any more: what it does after a million writes isn't what a page waits for.
func settled(b *testing.B, db *store.DB) store.Size {
	b.Helper()
	var was store.Size
	for {
		now, err := db.Size(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if now == was {
			return now
		}
		was = now
		time.Sleep(2 * time.Second)
	}
}

// fill stores n agreements between the bakery and some persons, each with its own chain.
func fill(b *testing.B, db *store.DB, n int) {
	b.Helper()
	var work sync.WaitGroup
	persons := make(chan int)
	per := (n + benchPersons - 1) / benchPersons
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := range persons {
				if err := fillOne(b.Context(), db, i, min(per, n-i*per)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range benchPersons {
		persons <- i
	}
	close(persons)
	work.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

// fillOne stores the agreements with one person, oldest first.
func fillOne(ctx context.Context, db *store.DB, who, n int) error {
	first, second := recordtest.Signer(benchName(who)), recordtest.Signer("bakery")
	var link, own record.Link
	var batch store.Batch
	for i := range n {
		open := i%4 == 1
		body, err := benchBody(ctx, i, !open, next(&link), first, second)
		if err != nil {
			return err
		}
		link.Sent = body.ID()
		es := []record.Entry{{At: epoch, Mine: !open, Rec: body}}
		if i%4 == 3 {
			end, err := benchEnd(ctx, body.ID(), next(&own), second, first.Key())
			if err != nil {
				return err
			}
			own.Sent = end.ID()
			es = append(es, record.Entry{At: epoch, Mine: true, Rec: end})
		}
		batch.Appends = append(batch.Appends, store.Append{Subject: body.ID(), Entries: es})
		if len(batch.Appends) == benchWrite || i == n-1 {
			if err := db.Commit(ctx, batch); err != nil {
				return err
			}
			batch.Appends = nil
		}
	}
	return nil
}

// next moves a chain on by one.
func next(l *record.Link) record.Link {
	l.N++
	return *l
}

func benchBody(ctx context.Context, i int, complete bool, l record.Link, first, second record.Signer) (record.Verified, error) {
	t, _ := terms.Default().Lookup("SD-BASE")
	nonce := binary.BigEndian.AppendUint64(make([]byte, 8), uint64(i))
	payload, err := proto.Marshal(&bywayv1.AgreementBody{
		Terms: terms.ToWire(t.Ref), SecondName: "The Bakery", Purpose: "weekly bread to the door", Data: []string{"name", "address"}, Law: "EU",
		AnswerBy: epoch.Add(time.Hour).UnixMilli(), Nonce: nonce,
	})
	if err != nil {
		return record.Verified{}, err
	}
	by := []record.Signer{first}
	if complete {
		by = append(by, second)
	}
	return benchSign(ctx, record.Draft{
		Type: agreement.TypeBody, Version: agreement.PayloadVersion, Recipient: second.Key(), Link: l, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleFirst, Key: first.Key()}, {Role: record.RoleSecond, Key: second.Key()}},
	}, by...)
}

func benchEnd(ctx context.Context, body record.ID, l record.Link, by record.Signer, to record.Key) (record.Verified, error) {
	payload, err := proto.Marshal(&bywayv1.End{Body: body[:], Reason: bywayv1.Reason(agreement.ReasonEnded)})
	if err != nil {
		return record.Verified{}, err
	}
	return benchSign(ctx, record.Draft{
		Type: agreement.TypeEnd, Version: agreement.PayloadVersion, Recipient: to, Link: l, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleSecond, Key: by.Key()}},
	}, by)
}

func benchSign(ctx context.Context, d record.Draft, by ...record.Signer) (record.Verified, error) {
	st, err := record.New(d)
	if err != nil {
		return record.Verified{}, err
	}
	r, err := record.SignBy(ctx, st, by...)
	if err != nil {
		return record.Verified{}, err
	}
	return r.Verify(record.Want{At: epoch})
}
