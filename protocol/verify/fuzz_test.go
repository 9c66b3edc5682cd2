package verify

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
)

var judgedAt = time.UnixMilli(1728043200000) // when the vectors' delegations hold

// FuzzRecord holds that both readers say the same of whatever comes.
func FuzzRecord(f *testing.F) {
	for _, set := range []string{"signatures", "records", "delegations"} {
		recordtest.AddVectors(f, filepath.Join(recordVectors, set))
	}
	for _, v := range recordtest.Vectors(f, agreementVectors) {
		if rec, ok := requested(v.Body); ok {
			f.Add(rec)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := gate(bytes.Clone(b), judgedAt)
		main, mainErr := record.Verify(bytes.Clone(b), record.Want{At: judgedAt})
		if (err == nil) != (mainErr == nil) {
			t.Fatalf("%v, the main reader %v\n%x", err, mainErr, b)
		}
		if err != nil {
			return
		}
		samePayload(t, w, main)
	})
}

func samePayload(t *testing.T, w *whole, main record.Verified) {
	t.Helper()
	m, err := read(w)
	a, mainErr := agreement.Read(main)
	if ours := err == nil && m.kind != w.typ; ours != (mainErr == nil) {
		t.Fatalf("%v, the main reader %v\n%x", err, mainErr, w.payload)
	}
	if mainErr != nil {
		return
	}
	if m.kind != a.Kind.String() || m.thread != digest(a.Thread()) || m.first != key(a.First) || m.second != key(a.Second) || m.by != byte(a.By)+1 {
		t.Fatalf("it is a %s in %s, to the main reader a %s in %s", m.kind, m.thread, a.Kind, a.Thread())
	}
}

// FuzzPayload signs what comes as each kind of message, since no mutation gets past a signature.
func FuzzPayload(f *testing.F) {
	for _, v := range recordtest.Vectors(f, agreementVectors) {
		if rec, ok := requested(v.Body); ok {
			if w, err := parseRecord(rec); err == nil {
				f.Add(w.payload)
			}
		}
	}
	f.Fuzz(samePayloads)
}

// Groups in each other are read as deep as the common readers go, and no deeper.
func TestGroupsAreSkippedAsDeepAsByTheMainReader(t *testing.T) {
	for _, depth := range []int{1, 10_000, 10_001, 10_002} {
		for _, end := range []byte{0x64, 0x6c} { // of the same field, and of another
			samePayloads(t, append(bytes.Repeat([]byte{0x63}, depth), bytes.Repeat([]byte{end}, depth)...))
		}
		samePayloads(t, bytes.Repeat([]byte{0x63}, depth))
	}
}

func samePayloads(t *testing.T, payload []byte) {
	t.Helper()
	for _, typ := range []record.Type{"agreement.body", "agreement.acceptance", "agreement.decline", "agreement.end", "agreement.receipt"} {
		for _, to := range []string{"alice", "the bakery"} {
			sameSigned(t, typ, to, payload)
		}
	}
	r := signed(t, record.Draft{Type: terms.TypeRoster, Version: 1, Signers: []record.Signatory{{Role: record.RoleAuthor, Key: recordtest.Key("bob")}}, Payload: payload}, "bob")
	if r == nil {
		return
	}
	v, err := record.Verify(r, record.Want{})
	if err != nil {
		t.Fatal(err)
	}
	_, mainErr := terms.Load(v)
	m, err := open(r, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if ok := (&bundle{roster: m}).readRoster(); ok != (mainErr == nil) {
		t.Fatalf("a roster: %v, the main reader %v\n%x", ok, mainErr, payload)
	}
}

func sameSigned(t *testing.T, typ record.Type, to string, payload []byte) {
	t.Helper()
	d := record.Draft{Type: typ, Version: 1, Recipient: recordtest.Key(to), Link: record.Link{N: 1}, Payload: payload}
	by := []string{"alice"}
	role := record.RoleFirst
	if to == "alice" {
		by, role = []string{"the bakery"}, record.RoleSecond
	}
	d.Signers = []record.Signatory{{Role: role, Key: recordtest.Key(by[0])}}
	if typ == "agreement.body" {
		d.Signers = []record.Signatory{{Role: record.RoleFirst, Key: recordtest.Key("alice")}, {Role: record.RoleSecond, Key: recordtest.Key("the bakery")}}
	}
	b := signed(t, d, by...)
	if b == nil {
		return
	}
	w, err := gate(b, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := record.Verify(b, record.Want{})
	if err != nil {
		t.Fatal(err)
	}
	samePayload(t, w, v)
}

// signed returns a record; nil where the payload is too large for one.
func signed(t *testing.T, d record.Draft, by ...string) []byte {
	t.Helper()
	s, err := record.New(d)
	if err != nil {
		return nil
	}
	var signers []record.Signer
	for _, name := range by {
		signers = append(signers, recordtest.Signer(name))
	}
	r, err := record.SignBy(t.Context(), s, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return r.Bytes()
}

// FuzzBundle holds that both readers refuse the same bundles. The checksum is made anew,
// since no mutation gets past it.
func FuzzBundle(f *testing.F) {
	b := someBundle(f).Bytes()
	f.Add(b[:len(b)-32])
	f.Fuzz(func(t *testing.T, body []byte) {
		b := summed(body)
		_, err := Bundle(bytes.Clone(b), judgedAt)
		_, mainErr := evidence.Parse(bytes.Clone(b), judgedAt)
		if (err == nil) != (mainErr == nil) {
			t.Fatalf("%v, the main reader %v", err, mainErr)
		}
	})
}
