package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

const crashDir = "BYWAY_STORE_TEST_CRASH_DIR"

// TestMain turns the test binary into the child of the crash test, where it is asked to.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		fmt.Fprintln(os.Stderr, writeForEver(dir)) // it is killed before that
		return
	}
	m.Run()
}

const crashWriters = 16

// writeForEver appends with many writers and prints "writer length" for each append that was
// acknowledged, until the process is killed.
func writeForEver(dir string) error {
	db, err := tryOpen(dir)
	if err != nil {
		return err
	}
	alice, err := record.NewSigner([32]byte{1})
	if err != nil {
		return err
	}
	errs := make(chan error, crashWriters)
	for w := range crashWriters {
		go func() { errs <- writeSubject(db, alice, w) }()
	}
	return <-errs
}

func writeSubject(db *store.DB, alice record.Signer, w int) error {
	bakery, err := record.NewSigner([32]byte{2})
	if err != nil {
		return err
	}
	subject := topic(fmt.Sprint(w))
	es, err := db.Entries(context.Background(), subject)
	if err != nil {
		return err
	}
	for n := len(es); ; n++ {
		if err := db.AppendLinked(context.Background(), alice.Key(), bakery.Key(), n, sayAbout(alice, bakery.Key(), subject)); err != nil {
			return err
		}
		if _, err := fmt.Printf("%d %d\n", w, n+1); err != nil {
			return err
		}
	}
}

func TestAcknowledgedEntriesOutliveAKill(t *testing.T) {
	dir := t.TempDir()
	acked := map[int]int{}
	for range 4 {
		crashOnce(t, dir, acked)
		db := open(t, dir)
		total := 0
		for w, n := range acked {
			es, err := db.Entries(t.Context(), topic(fmt.Sprint(w)))
			if err != nil || len(es) < n {
				t.Errorf("writer %d: %d entries, %v; %d were acknowledged", w, len(es), err, n)
			}
			total += len(es)
		}
		checkWholeChain(t, db, total)
		shut(t, db)
	}
}

// crashOnce kills a child after a few hundred acknowledgements and notes them in acked.
func crashOnce(t *testing.T, dir string, acked map[int]int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDir+"="+dir)
	var said strings.Builder
	child.Stderr = &said
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		var w, length int
		if _, err := fmt.Sscanf(lines.Text(), "%d %d", &w, &length); err != nil {
			continue // cut off by the kill
		}
		acked[w] = max(acked[w], length)
		switch n {
		case 0:
			_, err := tryOpen(dir)
			if want := fmt.Sprintf("pid %d", child.Process.Pid); !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), want) {
				t.Errorf("open while the child has it: %v, want ErrLocked by %s", err, want)
			}
		case 400:
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := child.Wait(); err == nil || said.Len() > 0 {
		t.Errorf("the child ended by itself: %v, %s", err, said.String())
	}
	if len(acked) != crashWriters {
		t.Errorf("%d writers were acknowledged, want %d", len(acked), crashWriters)
	}
}

// checkWholeChain follows all events: no gap in Seq, none in the chain, and total in number.
func checkWholeChain(t *testing.T, db *store.DB, total int) {
	t.Helper()
	var seq uint64
	var last record.ID
	for {
		es, err := db.Feed(t.Context(), seq, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(es) == 0 {
			break
		}
		for _, e := range es {
			want := record.Link{N: seq + 1, Sent: last}
			if e.Seq != seq+1 || e.Entry.Rec.Statement().Link() != want {
				t.Fatalf("event %d after %d with link %+v, want %+v", e.Seq, seq, e.Entry.Rec.Statement().Link(), want)
			}
			seq, last = e.Seq, e.Entry.Rec.ID()
		}
	}
	if seq != uint64(total) {
		t.Errorf("%d events, %d entries", seq, total)
	}
}

func TestOfManyOpenersOneWins(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	won := make(chan *store.DB, 8)
	for range cap(won) {
		wg.Go(func() {
			db, err := tryOpen(dir)
			if err == nil {
				won <- db
			} else if !errors.Is(err, store.ErrLocked) {
				t.Errorf("open: %v, want ErrLocked", err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Errorf("%d opened it, want 1", len(won))
	}
	for range len(won) {
		shut(t, <-won)
	}
}
