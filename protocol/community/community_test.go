package community

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/road"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func path(s string) category.Path {
	p, _ := category.Parse(s)
	return p
}

func town() Founding {
	return Founding{
		Name: "The Town", Tops: []category.Path{path("food"), path("bicycles"), path("home")},
		Steward: recordtest.Key("the steward"), Founded: noon, Description: "Whoever lives or trades here.",
		Roads: []road.Road{{Peer: []byte("the steward's peer id"), Addresses: [][]byte{{4, 127, 0, 0, 1}}}}, Nonce: [NonceSize]byte{1, 2, 3},
	}
}

func founded(t testing.TB, f Founding) record.Record {
	t.Helper()
	r, err := New(context.Background(), f, recordtest.Signer("alice"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAFoundingRecordIsReadAsWritten(t *testing.T) {
	r := founded(t, town())
	v, got, err := Verify(r.Bytes(), r.ID())
	if err != nil {
		t.Fatal(err)
	}
	want := town()
	want.ID, want.Creator = r.ID(), recordtest.Key("alice")
	if !reflect.DeepEqual(got, want) || v.ID() != r.ID() {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestTheLargestFoundingRecordFits(t *testing.T) {
	f := town()
	f.Name, f.Description = strings.Repeat("n", MaxName), strings.Repeat("d", MaxDescription)
	f.Tops = nil
	for i := range category.MaxTops {
		f.Tops = append(f.Tops, path(strings.Repeat("a", category.MaxWordBytes-2)+string(rune('a'+i/26))+string(rune('a'+i%26))))
	}
	f.Roads = nil
	for range MaxRoads {
		r := road.Road{Peer: make([]byte, road.MaxPeer)}
		for i := range road.MaxAddresses {
			r.Addresses = append(r.Addresses, bytes.Repeat([]byte{byte(i)}, road.MaxAddress))
		}
		f.Roads = append(f.Roads, r)
	}
	r := founded(t, f)
	if _, _, err := Verify(r.Bytes(), r.ID()); err != nil {
		t.Error(err)
	}
}

func TestNamesDeriveFromTheID(t *testing.T) {
	f := town()
	f.ID = founded(t, f).ID()
	id := f.ID.String()
	want := []string{"/byway/" + id + "/food", "/byway/" + id + "/bicycles", "/byway/" + id + "/home"}
	if got := f.Topics(); !reflect.DeepEqual(got, want) {
		t.Errorf("topics %q", got)
	}
	if got := Prefix(f.ID); got != "/byway/"+id {
		t.Errorf("prefix %q", got)
	}
	if !f.Lists(path("food")) || f.Lists(path("food/tea")) || f.Lists(category.Path{}) {
		t.Error("Lists knows the tops alone")
	}
}

// badFoundings are founding records with one thing wrong.
func badFoundings() map[string]Founding {
	bad := map[string]func(*Founding){
		"no name":                func(f *Founding) { f.Name = "" },
		"a name too long":        func(f *Founding) { f.Name = strings.Repeat("a", MaxName+1) },
		"a newline in the name":  func(f *Founding) { f.Name = "The\nTown" },
		"a description too long": func(f *Founding) { f.Description = strings.Repeat("a", MaxDescription+1) },
		"no tops":                func(f *Founding) { f.Tops = nil },
		"a top of two words":     func(f *Founding) { f.Tops[0] = path("food/tea") },
		"a top twice":            func(f *Founding) { f.Tops[0] = f.Tops[1] },
		"an empty top":           func(f *Founding) { f.Tops[0] = category.Path{} },
		"too many tops":          func(f *Founding) { f.Tops = make([]category.Path, category.MaxTops+1) },
		"no steward":             func(f *Founding) { f.Steward = record.Key{} },
		"a small-order steward":  func(f *Founding) { f.Steward = record.Key{1} },
		"too many roads":         func(f *Founding) { f.Roads = make([]road.Road, MaxRoads+1) },
		"a road to nowhere":      func(f *Founding) { f.Roads[0].Addresses = nil },
		"no time":                func(f *Founding) { f.Founded = time.Time{} },
		"a time before 1970":     func(f *Founding) { f.Founded = time.UnixMilli(-1) },
	}
	out := map[string]Founding{}
	for name, change := range bad {
		f := town()
		change(&f)
		out[name] = f
	}
	return out
}

func badly(t testing.TB, f Founding) record.Record {
	t.Helper()
	payload, err := f.marshal()
	if err != nil {
		t.Fatal(err)
	}
	d := formtest.Draft(founded(t, town()))
	d.Payload = payload
	return formtest.Sign(t, d, recordtest.Signer("alice"))
}

func TestBadFoundingsAreNeitherSignedNorRead(t *testing.T) {
	for name, f := range badFoundings() {
		if r, err := New(context.Background(), f, recordtest.Signer("alice")); !errors.Is(err, ErrMalformed) || r.Bytes() != nil {
			t.Errorf("%s: New = %v", name, err)
		}
		r := badly(t, f)
		if _, got, err := Verify(r.Bytes(), r.ID()); !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(got, Founding{}) {
			t.Errorf("%s: Verify = %+v, %v", name, got, err)
		}
	}
}

// own is the id of the record in b, where there is one: it takes the check of the id
// out of the way of the others.
func own(b []byte) record.ID {
	r, err := record.ParseRecord(b)
	if err != nil {
		return record.ID{}
	}
	return r.ID()
}

func TestBrokenRecordsAreRefused(t *testing.T) {
	for _, c := range formtest.Broken(t, founded(t, town()), ErrMalformed, recordtest.Signer("alice")) {
		if v, got, err := Verify(c.Bytes, own(c.Bytes)); !errors.Is(err, c.Want) || !v.IsZero() || !reflect.DeepEqual(got, Founding{}) {
			t.Errorf("%s: %v, want %v", c.Name, err, c.Want)
		}
	}
}

func TestAnotherCommunitysFoundingIsRefused(t *testing.T) {
	if v, _, err := Verify(founded(t, town()).Bytes(), record.ID{1}); !errors.Is(err, ErrOther) || !v.IsZero() {
		t.Errorf("got %v", err)
	}
}

func TestAFoundingRecordIsNotSignedByADelegate(t *testing.T) {
	d := record.Delegation{Delegate: recordtest.Key("alice's node"), From: time.Time{}.Add(time.Hour), Until: noon}
	delegation, err := record.NewDelegation(context.Background(), d, recordtest.Signer("alice"))
	if err != nil {
		t.Fatal(err)
	}
	by, err := record.NewDelegateSigner(delegation, recordtest.Seed("alice's node"))
	if err != nil {
		t.Fatal(err)
	}
	r := formtest.Sign(t, formtest.Draft(founded(t, town())), by)
	v, err := r.Verify(record.Want{At: noon.Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(v); !errors.Is(err, record.ErrSigner) {
		t.Errorf("got %v", err)
	}
}
