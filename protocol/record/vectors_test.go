package record_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

const vectorDir = "testdata/vectors"

// named are the errors by the names that vector files have for them.
var named = map[string]error{
	"malformed": record.ErrMalformed, "too large": record.ErrTooLarge, "version": record.ErrVersion,
	"key": record.ErrKey, "signer": record.ErrSigner, "signature": record.ErrSignature,
	"recipient": record.ErrRecipient, "delegation": record.ErrDelegation, "incomplete": record.ErrIncomplete,
}

func TestVectorsOfKeysAreTakenOrRefused(t *testing.T) {
	for _, vec := range recordtest.Vectors(t, filepath.Join(vectorDir, "keys")) {
		k, err := record.ParseKey(vec.Body)
		if vec.Get("expect") == "ok" {
			if err != nil || !bytes.Equal(k[:], vec.Body) {
				t.Errorf("%s (%s): %v", vec.Name, vec.Get("scenario"), err)
			}
			continue
		}
		if !errors.Is(err, named[vec.Get("error")]) || !k.IsZero() {
			t.Errorf("%s (%s): got %s, %v", vec.Name, vec.Get("scenario"), k, err)
		}
	}
}

func TestVectorsOfRecordsAreReadOrRefused(t *testing.T) {
	for _, set := range []string{"signatures", "records", "delegations"} {
		t.Run(set, func(t *testing.T) {
			for _, vec := range recordtest.Vectors(t, filepath.Join(vectorDir, set)) {
				if err := checkRecord(vec); err != nil {
					t.Errorf("%s (%s): %v", vec.Name, vec.Get("scenario"), err)
				}
			}
		})
	}
}

// wantOf is how the vector's reader reads.
func wantOf(vec recordtest.Vector) (record.Want, error) {
	w := record.Want{Complete: vec.Get("want") == "complete"}
	if at := vec.Get("at"); at != "" {
		ms, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return w, err
		}
		w.At = time.UnixMilli(ms)
	}
	if to := vec.Get("to"); to != "" {
		me, err := record.ParseKeyText(to)
		if err != nil {
			return w, err
		}
		w.To = func(k record.Key) bool { return k == me }
	}
	return w, nil
}

func checkRecord(vec recordtest.Vector) error {
	w, err := wantOf(vec)
	if err != nil {
		return err
	}
	v, err := record.Verify(vec.Body, w)
	if vec.Get("expect") != "ok" {
		if want := named[vec.Get("error")]; want == nil || !errors.Is(err, want) || !v.IsZero() {
			return fmt.Errorf("got %w, want the error %q", err, vec.Get("error"))
		}
		return nil
	}
	if err != nil {
		return err
	}
	if got := v.ID().String(); got != vec.Get("id") {
		return fmt.Errorf("id %s, want %s", got, vec.Get("id"))
	}
	if got := fmt.Sprintf("%x", v.Record().Sum()); got != vec.Get("sha256") {
		return fmt.Errorf("sha256 %s, want %s", got, vec.Get("sha256"))
	}
	if typ := vec.Get("type"); typ != "" && string(v.Statement().Type()) != typ {
		return fmt.Errorf("type %s, want %s", v.Statement().Type(), typ)
	}
	if c := vec.Get("complete"); c != "" && v.Complete() != (c == "yes") {
		return fmt.Errorf("complete: %v, want %s", v.Complete(), c)
	}
	again, err := record.Assemble(v.Statement(), v.Record().Signatures()...)
	if err != nil || !bytes.Equal(again.Bytes(), vec.Body) {
		return fmt.Errorf("assembled to other bytes (%w)", err)
	}
	return nil
}

// Each error has at least one vector, and each set both endings.
func TestVectorsCoverEveryError(t *testing.T) {
	seen := map[string]bool{}
	for _, set := range []string{"keys", "signatures", "records", "delegations"} {
		ok, refused := 0, 0
		for _, vec := range recordtest.Vectors(t, filepath.Join(vectorDir, set)) {
			seen[vec.Get("error")] = true
			switch vec.Get("expect") {
			case "ok":
				ok++
			case "refused":
				refused++
			default:
				t.Errorf("%s/%s expects %q", set, vec.Name, vec.Get("expect"))
			}
		}
		if ok == 0 || refused == 0 {
			t.Errorf("%s has %d that are read, %d that are refused", set, ok, refused)
		}
	}
	for name := range named {
		if !seen[name] {
			t.Errorf("no vector is refused for %q", name)
		}
	}
}
