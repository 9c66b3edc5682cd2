package store_test

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

const manyRecords = 100_000

// BenchmarkOpen opens a store of 100,000 records, each of its log entries read and
// checked: as it was closed, and with the index to be made again. It reports what is
// resident after that, and beside it the floor: reading the files of the log.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	db := open(b, dir)
	for es := benchEntries(b, manyRecords); len(es) > 0; es = es[500:] {
		for i, e := range es[:500] {
			if err := db.Append(b.Context(), e.Subject, 0, es[i:i+1]); err != nil {
				b.Fatal(err)
			}
		}
	}
	shut(b, db)
	debug.FreeOSMemory()
	for name, prepare := range map[string]func(){
		"as-closed":     func() {},
		"without-index": func() { _ = os.RemoveAll(dir + "/index") },
	} {
		b.Run(name, func(b *testing.B) {
			var took, floor time.Duration
			for range b.N {
				prepare()
				began := time.Now()
				readLog(b, dir)
				floor += time.Since(began)
				began = time.Now()
				db := open(b, dir)
				took += time.Since(began)
				debug.FreeOSMemory()
				b.ReportMetric(resident(b), "rss-MiB")
				shut(b, db)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "ms")
			b.ReportMetric(float64(took)/float64(floor), "x-read")
		})
	}
}

func readLog(b *testing.B, dir string) {
	b.Helper()
	es, err := os.ReadDir(dir + "/log")
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range es {
		if _, err := os.ReadFile(dir + "/log/" + e.Name()); err != nil {
			b.Fatal(err)
		}
	}
}

// resident is how much memory the process has now, in MiB, where the system says it.
func resident(b *testing.B) float64 {
	b.Helper()
	s, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(s), "VmRSS:")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
