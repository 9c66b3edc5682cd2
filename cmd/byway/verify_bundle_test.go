package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

const bundleVectors = "../../protocol/evidence/testdata/vectors"

func bundleVector(t *testing.T, name string) []byte {
	t.Helper()
	for _, v := range recordtest.Vectors(t, bundleVectors) {
		if v.Name == name {
			return v.Body
		}
	}
	t.Fatalf("no vector %s", name)
	return nil
}

func TestBothReadersOfBundlesComeToWhatTheVectorsSay(t *testing.T) {
	for _, v := range recordtest.Vectors(t, bundleVectors) {
		e, r, err := readBundle(v.Body, vectorTime(t, v))
		if v.Get("expect") != "ok" {
			if err == nil {
				t.Errorf("%s is taken", v.Name)
			}
			continue
		}
		if err != nil || r.State != v.Get("state") || e.Agreement().State().String() != r.State {
			t.Errorf("%s: %s, %s: %v", v.Name, r.State, e.Agreement().State(), err)
		}
	}
}

// vectorTime is when a vector is read: some hold only for a while.
func vectorTime(t *testing.T, v recordtest.Vector) time.Time {
	t.Helper()
	if v.Get("at") == "" {
		return noon
	}
	ms, err := strconv.ParseInt(v.Get("at"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(ms)
}

// verified is what byway verify prints of the body of a vector, with its exit code.
func verified(t *testing.T, body []byte, args ...string) (out, errs string, code int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "some.evidence")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &o, errs: &e, env: func(string) string { return "" }, now: func() time.Time { return noon }}
	code = a.run(t.Context(), append([]string{"verify", file}, args...))
	return o.String(), e.String(), code
}

// A bundle orders what stands at one place by its sum, so that some have the accept first.
func TestAProfferIsListedBeforeItsAccept(t *testing.T) {
	alice, bakery := recordtest.Signer("alice"), recordtest.Signer("the bakery")
	turned := 0
	for i := range 8 {
		body := breadBody(t)
		body.Nonce[0] = byte(i)
		proffer, whole := verifiedRecord(t, signedBread(t, body, alice)), verifiedRecord(t, signedBread(t, body, alice, bakery))
		b, err := evidence.New(evidence.Parts{Thread: whole.ID(), Records: []record.Verified{proffer, whole}})
		if err != nil {
			t.Fatal(err)
		}
		if b.Records()[0].Complete() {
			turned++
		}
		out, errs, code := verified(t, b.Bytes())
		accept, said := strings.Index(out, "  accept "), strings.Index(out, "  proffer ")
		if code != exitDone || said < 0 || accept < said {
			t.Errorf("%d: %s\n%s", code, errs, out)
		}
	}
	if turned == 0 {
		t.Error("no bundle has the accept first")
	}
}

func verifiedRecord(t *testing.T, b []byte) record.Verified {
	t.Helper()
	v, err := record.Verify(b, record.Want{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatIsWrongInABundleIsSaid(t *testing.T) {
	for name, want := range map[string][]string{
		"all-that-there-is":                       {"the organisation  2 of the person  accept", "It took the offer bafkrei", "It says: we close", "SD-BASE: Service only"},
		"a-fork":                                  {"! the person said two things at place 1: bafkrei"},
		"a-rewrite":                               {"! the person says at place 3 that another statement came before"},
		"breach-of-countersigned-and-declined":    {"! the organisation countersigned a proffer that it declined", "declined what a person under key"},
		"no-more-than-the-body":                   {"! what the person said at places 1 to 1 isn't here", "No roster goes along that lists byway-2026-1/SD-BASE@1"},
		"a-later-epoch-that-names-what-isnt-here": {"than the one here; it may also have lost something, and no longer have known it"},
		"answered-with-an-alternative":            {"the organisation  2      alternative"},
		"a-proffer-alone":                         {"This is no agreement: the organisation hasn't signed it.", "As far as this file shows it is open."},
	} {
		out, errs, code := verified(t, bundleVector(t, name))
		if code != exitDone || errs != "" {
			t.Errorf("%s ends with %d: %s", name, code, errs)
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%s", name, w, out)
			}
		}
	}
}

func TestABundleThatIsNoneIsRefusedWithItsReason(t *testing.T) {
	for name, want := range map[string]string{
		"changed":                 "it isn't a whole, unchanged bundle",
		"a-newer-version":         "it is of a newer kind than this program knows",
		"somebody-elses":          "it holds a record that doesn't belong in",
		"a-signature-changed":     "a signature doesn't fit what is said",
		"ended-twice-by-one-side": "it holds records that contradict each other",
	} {
		out, errs, code := verified(t, bundleVector(t, name))
		if code != exitFailed || out != "" || !strings.Contains(errs, "is refused: "+want) {
			t.Errorf("%s ends with %d: %s%s", name, code, out, errs)
		}
		out, _, _ = verified(t, bundleVector(t, name), "--json")
		if !strings.HasPrefix(out, `{"verified":false,"reason":"`+want) {
			t.Errorf("%s as JSON: %s", name, out)
		}
	}
}
