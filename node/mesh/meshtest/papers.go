package meshtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/road"
	"github.com/bywaynet/byway/protocol/terms"
)

// Path returns the category that s writes out.
func Path(t testing.TB, s string) category.Path {
	t.Helper()
	p, err := category.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Paths returns the categories that words write out.
func Paths(t testing.TB, words ...string) []category.Path {
	t.Helper()
	var out []category.Path
	for _, w := range words {
		out = append(out, Path(t, w))
	}
	return out
}

// Town returns a community founded by the mayor, with "the steward" as first steward and these
// top categories.
func Town(t testing.TB, tops ...string) community.Founding {
	t.Helper()
	return Read(t, Found(t, tops...))
}

// Found returns the founding record of Town.
func Found(t testing.TB, tops ...string) record.Verified {
	t.Helper()
	r, err := community.New(t.Context(), community.Founding{
		Name: "Old Town", Tops: Paths(t, tops...), Steward: recordtest.Key("the steward"),
		Roads: []road.Road{{Peer: []byte("the steward"), Addresses: [][]byte{{1}}}}, Founded: time.Now(),
	}, recordtest.Signer("the mayor"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Read returns what v founds.
func Read(t testing.TB, v record.Verified) community.Founding {
	t.Helper()
	f, err := community.Read(v)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Wish returns a cast of the community about a category, by a key of its own for each by,
// alive for two days.
func Wish(t testing.TB, f community.Founding, about, by string) intention.Cast {
	t.Helper()
	until := intention.Hour(time.Now().Add(48 * time.Hour))
	c := intention.Cast{
		Terms: terms.Ref{Roster: "byway-2026", ID: intention.TermsID, Version: "1"}, AcceptBy: until, Expires: until,
		Category: Path(t, about), Text: "wanted by " + by, Community: f.ID,
		Reply: []road.Road{{Peer: []byte("alice"), Addresses: [][]byte{{1}}}},
	}
	return readCast(t, Form(t, c, by))
}

// Form returns the gossip form of a cast.
func Form(t testing.TB, c intention.Cast, by string) []byte {
	t.Helper()
	r, err := intention.NewCast(t.Context(), c, recordtest.Signer(by))
	if err != nil {
		t.Fatal(err)
	}
	return r.Bytes()
}

// Withdrawal returns the gossip form of the withdrawal of a cast that Wish returned for by.
func Withdrawal(t testing.TB, c intention.Cast, by string) []byte {
	t.Helper()
	r, err := intention.NewWithdrawal(t.Context(), c, recordtest.Signer(by))
	if err != nil {
		t.Fatal(err)
	}
	return r.Bytes()
}

func readCast(t testing.TB, form []byte) intention.Cast {
	t.Helper()
	v, err := record.Verify(form, record.Want{Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	c, err := intention.ReadCast(v)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Names returns n names, each its own actor.
func Names(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("alice %d", i))
	}
	return out
}

// Roads returns the direct road to a host.
func Roads(h host.Host) []road.Road {
	r := road.Road{Peer: []byte(h.ID())}
	for _, a := range h.Addrs() {
		r.Addresses = append(r.Addresses, a.Bytes())
	}
	return []road.Road{r}
}
