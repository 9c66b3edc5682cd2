package segment

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/store/internal/disk"
)

// BenchmarkAppend alternates a share of entries with a bare write and sync of as many
// bytes, in a file that grows and in one that was filled before.
func BenchmarkAppend(b *testing.B) {
	for _, share := range []int{1, 256} {
		b.Run(map[int]string{1: "one", 256: "256"}[share], func(b *testing.B) { benchAppend(b, share) })
	}
}

func benchAppend(b *testing.B, share int) {
	f, _, err := Open(b.Context(), Options{Dir: b.TempDir(), Kind: Log}, func(Entry) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	var ps []Pending
	bytes := 0
	for range share {
		ps = append(ps, Pending{f.Sealer().Seal(make([]byte, 750)), 0})
		bytes += ps[0].Size()
	}
	line := make([]byte, bytes)
	grown, err := os.OpenFile(filepath.Join(b.TempDir(), "grown"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { grown.Close() })
	var at int64
	var ours, floor []time.Duration
	for range b.N {
		began := time.Now()
		if _, err := f.Append(ps...); err != nil {
			b.Fatal(err)
		}
		ours = append(ours, time.Since(began))
		began = time.Now()
		if _, err := grown.WriteAt(line, at); err != nil {
			b.Fatal(err)
		}
		if err := disk.Datasync(grown); err != nil {
			b.Fatal(err)
		}
		at += int64(len(line))
		floor = append(floor, time.Since(began))
	}
	slices.Sort(ours)
	slices.Sort(floor)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(ours[b.N/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(ours[b.N/2])/float64(floor[b.N/2]), "x-file")
}

// BenchmarkOpen reads and checks 100,000 entries of 750 bytes.
func BenchmarkOpen(b *testing.B) {
	o := Options{Dir: b.TempDir(), Kind: Log}
	f, _, err := Open(b.Context(), o, func(Entry) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	ps := make([]Pending, 1000)
	for i := range ps {
		ps[i] = Pending{f.Sealer().Seal(make([]byte, 750)), 0}
	}
	for range 100 {
		if _, err := f.Append(ps...); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Scan(b.Context(), o, 0, 0, func(Entry) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	s, err := NewSealer(key, Log)
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 750)
	for b.Loop() {
		s.Seal(body)
	}
}
