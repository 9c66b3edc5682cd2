package verify

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

var named = map[string]error{
	"malformed": ErrMalformed, "too large": ErrTooLarge, "version": ErrVersion, "key": ErrKey, "signer": ErrSigner,
	"signature": ErrSignature, "delegation": ErrDelegation, "incomplete": ErrIncomplete,
}

func judged(t testing.TB, v recordtest.Vector) time.Time {
	t.Helper()
	if v.Get("at") == "" {
		return time.Time{}
	}
	ms, err := strconv.ParseInt(v.Get("at"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(ms)
}

func TestVectorsOfRecordsHaveTheirOutcome(t *testing.T) {
	for _, set := range []string{"signatures", "records", "delegations"} {
		for _, v := range recordtest.Vectors(t, filepath.Join(recordVectors, set)) {
			w, err := gate(v.Body, judged(t, v))
			wants := v.Get("want") == "complete"
			switch {
			case v.Get("error") == "recipient": // which is for who has keys: a file is read by anybody
				if err != nil {
					t.Errorf("%s/%s: %v", set, v.Name, err)
				}
			case v.Get("expect") == "ok":
				if err != nil || w.id.String() != v.Get("id") || fmt.Sprintf("%x", w.sum[:]) != v.Get("sha256") ||
					v.Get("complete") != "" && (len(w.sigs) == len(w.signers)) != (v.Get("complete") == "yes") {
					t.Errorf("%s/%s: %v", set, v.Name, err)
				}
			case wants && err == nil:
				if len(w.sigs) == len(w.signers) {
					t.Errorf("%s/%s: it is complete", set, v.Name)
				}
			case !errors.Is(err, named[v.Get("error")]):
				t.Errorf("%s/%s: %v, want %s", set, v.Name, err, v.Get("error"))
			}
		}
	}
}

const agreementVectors = "../agreement/testdata/vectors"

// requested returns the record in a request of the agreement protocol, and how many go with it.
func requested(b []byte) (rec []byte, ok bool) {
	along := 0
	ok = decode(b, fields{1: &rec, 2: func([]byte) bool { along++; return true }})
	return rec, ok && along == 0
}

// holds reads what a vector's receiver holds.
func holds(t testing.TB, v recordtest.Vector) (ours []*message, theirs []record.Entry) {
	t.Helper()
	for _, h := range v.All("holds") {
		b, err := hex.DecodeString(h)
		if err != nil {
			t.Fatal(err)
		}
		w, err := gate(b, judged(t, v))
		if err != nil {
			t.Fatal(err)
		}
		m, err := read(w)
		if err != nil || m == nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		main, err := record.Verify(b, record.Want{At: judged(t, v)})
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs = append(ours, m), append(theirs, record.Entry{At: judged(t, v), Rec: main})
	}
	return ours, theirs
}

// Both readers say the same of each record, and of what it makes of what was held before.
func TestVectorsOfAgreementsComeToTheSameState(t *testing.T) {
	compared := map[string]int{}
	for _, v := range recordtest.Vectors(t, agreementVectors) {
		rec, ok := requested(v.Body)
		if !ok {
			continue
		}
		at := judged(t, v)
		main, mainErr := mainRead(rec, at)
		w, err := gate(rec, at)
		var m *message
		if err == nil {
			m, err = read(w)
		}
		if (err == nil && m.kind != w.typ) != (mainErr == nil) {
			t.Errorf("%s: %v, the main reader %v", v.Name, err, mainErr)
		}
		if err != nil || m.kind == w.typ {
			compared["refused"]++
			continue
		}
		ours, entries := holds(t, v)
		if m.kind == "receipt" || len(ours) == 0 && m.kind != "proffer" {
			continue
		}
		a, foldErr := agreement.Fold(entries)
		if foldErr != nil {
			t.Fatal(foldErr)
		}
		next, applyErr := a.Apply(main, at)
		thread := m.thread
		if len(ours) > 0 {
			thread = ours[0].thread
		}
		folded, err := fold(thread, append(ours, m))
		if m.thread != thread {
			err = ErrConflict // it is about something else
		}
		if (err == nil) != (applyErr == nil) {
			t.Errorf("%s: %v, the main reader %v", v.Name, err, applyErr)
			continue
		}
		if err == nil && (folded.state() != next.State().String() || len(folded.breaches) != len(next.Breaches())) {
			t.Errorf("%s: %s %v, the main reader %s %v", v.Name, folded.state(), folded.breaches, next.State(), next.Breaches())
		}
		compared[next.State().String()]++
	}
	for _, s := range []string{"refused", "open", "answered", "complete", "ended"} {
		if compared[s] == 0 {
			t.Errorf("no vector is compared that is %s: %v", s, compared)
		}
	}
}

// mainRead is what the main implementation says of a record of the agreement protocol.
func mainRead(b []byte, at time.Time) (agreement.Message, error) {
	v, err := record.Verify(b, record.Want{At: at})
	if err != nil {
		return agreement.Message{}, err
	}
	return agreement.Read(v)
}
