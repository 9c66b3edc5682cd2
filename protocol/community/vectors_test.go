package community

import (
	"maps"
	"slices"
	"testing"

	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func made(t testing.TB) []recordtest.Vector {
	good := founded(t, town())
	vs := []recordtest.Vector{formtest.Vector("founding of the town", nil, ErrMalformed, good.Bytes())}
	vs = append(vs, formtest.Vectors("founding", formtest.Broken(t, good, ErrMalformed, recordtest.Signer("alice")), ErrMalformed)...)
	bad := badFoundings()
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		vs = append(vs, formtest.Vector("founding with "+name, ErrMalformed, ErrMalformed, badly(t, bad[name]).Bytes()))
	}
	// An invite is a text: it stands in the headers, with the founding record as the body.
	invite := formtest.Vector("invite to the town", nil, ErrMalformed, good.Bytes())
	s := text(t, Invite{Community: good.ID(), Roads: town().Roads})
	invite.Headers = append(invite.Headers, recordtest.Header{Key: "invite", Value: s})
	return append(vs, invite)
}

func TestVectorsAreCurrent(t *testing.T) { formtest.Current(t, made(t)) }

func TestVectorsHaveTheirOutcome(t *testing.T) {
	invites := 0
	for _, v := range recordtest.Vectors(t, formtest.Dir) {
		id := own(v.Body)
		for _, s := range v.All("invite") {
			i, err := ParseInvite(s)
			if err != nil {
				t.Errorf("%s: %v", v.Name, err)
			}
			id = i.Community
			invites++
		}
		if _, _, err := Verify(v.Body, id); formtest.Outcome(err, ErrMalformed) != v.Get("expect") {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Get("expect"))
		}
	}
	if invites == 0 {
		t.Error("no vector holds an invite")
	}
}

func FuzzFounding(f *testing.F) {
	for _, v := range recordtest.Vectors(f, formtest.Dir) {
		if _, found, err := Verify(v.Body, own(v.Body)); err == nil {
			b, err := found.marshal()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	recordtest.RoundTrip(f, unmarshal, Founding.marshal)
}

func FuzzHandler(f *testing.F) {
	f.Add(append([]byte{0x0a, 32}, make([]byte, 34)...))
	h := Handler(func(record.ID) (Steward, bool) { return Steward{}, false })
	f.Fuzz(func(t *testing.T, b []byte) {
		if resp, err := h(t.Context(), b); err == nil || resp != nil {
			t.Errorf("a request to nobody is answered with %x", resp)
		}
	})
}
