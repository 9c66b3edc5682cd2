package finding

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ds "github.com/ipfs/go-datastore"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	dhtrecord "github.com/libp2p/go-libp2p-record"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/bywaynet/byway/node/mesh/meshtest"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/community"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/store"
)

// anything is the validator of somebody who serves whatever he likes.
type anything struct{}

func (anything) Validate(string, []byte) error        { return nil }
func (anything) Select(string, [][]byte) (int, error) { return 0, nil }

// signed returns the whole record of a card.
func signed(t *testing.T, by, name string, sequence uint64, life time.Duration, categories ...string) []byte {
	t.Helper()
	r, err := profile.New(t.Context(), profile.Card{
		Name: name, Sequence: sequence, Issued: time.Now(), Expires: time.Now().Add(life), Categories: meshtest.Paths(t, categories...),
	}, recordtest.Signer(by))
	if err != nil {
		t.Fatal(err)
	}
	return r.Bytes()
}

// mallory joins the town's DHT as a server that provides food, keeps value under the
// key of the bakery's card, and answers asks for a card with answers.
func mallory(t *testing.T, w *town, value, answers []byte, asked *atomic.Int32) host.Host {
	t.Helper()
	h := w.street.Host()
	d, err := dht.New(h, dht.ProtocolPrefix(protocol.ID(community.Prefix(w.id))), dht.Mode(dht.ModeServer),
		dht.Validator(dhtrecord.NamespacedValidator{cardSpace: anything{}}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	// Alone in its DHT, each keeps both on its own.
	_ = d.PutValue(t.Context(), cardKey(recordtest.Key("the bakery")), value)
	_ = d.Provide(t.Context(), categoryID(meshtest.Path(t, "food")), false)
	_ = d.Provide(t.Context(), categoryID(meshtest.Path(t, "food/bread")), false)
	x := exchange.New(h, nil)
	t.Cleanup(func() { _ = x.Close() })
	p := exchange.Protocol{ID: profile.ServiceID, MaxRequest: profile.MaxRequest, MaxResponse: 1 << 20}
	if err := x.Handle(p, func(context.Context, []byte) ([]byte, error) {
		asked.Add(1)
		return answers, nil
	}); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestWhoIsKnownIsReachedThoughTheWholeDHTIsHostile(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		carol := w.person(t, "carol", Role{Mesh: true})
		if got := carol.find(t, w.id, "food/bread"); len(got) != 1 {
			t.Fatalf("while all are honest she finds %v", got)
		}
		known, _ := carol.book.Get(recordtest.Key("the bakery"))
		for _, a := range []*actor{w.steward, w.bakery, w.roaster} {
			a.end(t)
			_ = a.host.Close()
		}
		old := signed(t, "the bakery", "Long Ago", 1, time.Hour, "food/bread")
		forged := signed(t, "the bakery", "Elsewhere", 1<<60, time.Hour, "food/bread")
		forged[len(forged)-1] ^= 1
		var asked atomic.Int32
		another := signed(t, "mallory", "The Bakery", 1<<60, time.Hour, "drink")
		for _, lie := range []struct{ value, answers []byte }{
			{old, old}, {forged, forged}, {another, another}, {[]byte("bread"), make([]byte, profile.MaxRecord+1)}, {nil, nil},
		} {
			meshtest.Meet(t, carol.host, mallory(t, w, lie.value, lie.answers, &asked))
		}
		time.Sleep(time.Minute)
		began := time.Now()
		if got := carol.find(t, w.id, "food/bread"); len(got) != 1 || got[0] != "The Bakery" {
			t.Errorf("she finds %v", got)
		}
		if asked.Load() != 5 {
			t.Errorf("%d of 5 hostile nodes were asked: the test shows nothing", asked.Load())
		}
		if err := carol.lookUp(t.Context(), carol.members[w.id], recordtest.Key("the bakery")); err != nil {
			t.Error(err)
		}
		c, ok := carol.book.Get(recordtest.Key("the bakery"))
		if !ok || c.Card.ID != known.Card.ID {
			t.Errorf("her bakery is now %q of sequence %d", c.Card.Name, c.Card.Sequence)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %s", took)
		}
		if got := carol.find(t, w.id, "drink"); len(got) != 0 {
			t.Errorf("under another category than she asked for: %v", got)
		}
	})
}

func TestOnlyAnOrganisationsOwnLiveCardMayLieUnderItsKey(t *testing.T) {
	v := &cards{now: time.Now, forks: newForks(slog.New(slog.DiscardHandler))}
	key := cardKey(recordtest.Key("the bakery"))
	good := signed(t, "the bakery", "The Bakery", 2, time.Hour, "food")
	flipped := append([]byte{}, good...)
	flipped[len(flipped)-1] ^= 1
	for _, bad := range []struct {
		name  string
		key   string
		value []byte
		want  error
	}{
		{"nothing", key, nil, record.ErrMalformed},
		{"cut short", key, good[:len(good)-1], record.ErrMalformed},
		{"oversize", key, make([]byte, profile.MaxRecord+1), record.ErrTooLarge},
		{"wrongly signed", key, flipped, record.ErrSignature},
		{"another organisation's", key, signed(t, "mallory", "The Bakery", 9, time.Hour), errCard},
		{"under another key", cardKey(recordtest.Key("mallory")), good, errCard},
		{"another statement", key, meshtest.Found(t, "food").Bytes(), form.ErrType},
	} {
		if err := v.Validate(bad.key, bad.value); !errors.Is(err, bad.want) {
			t.Errorf("%s: %v, want %v", bad.name, err, bad.want)
		}
	}
	if err := v.Validate(key, good); err != nil {
		t.Errorf("the good one: %v", err)
	}
	v.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if err := v.Validate(key, good); !errors.Is(err, profile.ErrStale) {
		t.Errorf("when it has expired: %v", err)
	}
}

func TestTheNewestCardIsSelected(t *testing.T) {
	v := &cards{now: time.Now, forks: newForks(slog.New(slog.DiscardHandler))}
	first := signed(t, "the bakery", "First", 1, time.Hour)
	second := signed(t, "the bakery", "Second", 2, time.Hour)
	for _, c := range []struct {
		values [][]byte
		want   int
	}{
		{[][]byte{first, second}, 1}, {[][]byte{second, first}, 0}, {[][]byte{second, second}, 0}, {[][]byte{[]byte("x"), first}, 1},
	} {
		if got, err := v.Select("", c.values); err != nil || got != c.want {
			t.Errorf("selected %d of %d, %v, want %d", got, len(c.values), err, c.want)
		}
	}
	if _, err := v.Select("", [][]byte{[]byte("x")}); !errors.Is(err, errCard) {
		t.Errorf("of none: %v", err)
	}
}

func TestAForkIsLoggedOnce(t *testing.T) {
	var log strings.Builder
	v := &cards{now: time.Now, forks: newForks(slog.New(slog.NewTextHandler(&log, nil)))}
	one, bakery := signed(t, "mallory", "One Tongue", 1, time.Hour), signed(t, "the bakery", "The Bakery", 1, time.Hour)
	for i, c := range []struct {
		by       string
		card     []byte
		warnings int // after it
	}{
		{"mallory", one, 0}, {"the bakery", bakery, 0}, {"mallory", one, 0},
		{"mallory", signed(t, "mallory", "Another", 1, time.Hour), 1},
		{"mallory", signed(t, "mallory", "A Third", 1, time.Hour), 1}, {"the bakery", bakery, 1},
	} {
		if err := v.Validate(cardKey(recordtest.Key(c.by)), c.card); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(log.String(), "level=WARN"); got != c.warnings {
			t.Errorf("after card %d, by %s: %d warnings, want %d", i, c.by, got, c.warnings)
		}
	}
	if !strings.Contains(log.String(), recordtest.Key("mallory").Short()) {
		t.Errorf("it doesn't say who: %s", log.String())
	}
}

func TestADHTServerKeepsABoundedNumberOfRows(t *testing.T) {
	s := newShelf()
	key := func(i int) ds.Key {
		return ds.NewKey(strings.Repeat("k", 1+i%7) + string(rune('a'+i%26)) + time.Duration(i).String())
	}
	for i := range maxRows {
		if err := s.Put(t.Context(), key(i), []byte("v")); err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
	}
	over := ds.NewKey("one too many")
	if err := s.Put(t.Context(), over, nil); !errors.Is(err, errFull) {
		t.Errorf("one too many: %v", err)
	}
	b, err := s.Batch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Put(t.Context(), over, nil), b.Commit(t.Context())); !errors.Is(err, errFull) {
		t.Errorf("one too many in a batch: %v", err)
	}
	if err := s.Put(t.Context(), key(5), []byte("new")); err != nil {
		t.Errorf("a row that is there: %v", err)
	}
	if err := errors.Join(s.Delete(t.Context(), key(5)), s.Put(t.Context(), over, nil)); err != nil {
		t.Errorf("in place of another: %v", err)
	}
}

func TestBadInvitesAreRefusedAndNothingIsKept(t *testing.T) {
	simulated(t, func(t *testing.T, w *town) {
		alice := open(t, "alice", w.street.Host(), store.NewMemory(), nil)
		invite := func(id record.ID, h host.Host) string {
			s, err := community.Invite{Community: id, Roads: meshtest.Roads(h)}.Text()
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		liar := w.street.Host()
		x := exchange.New(liar, nil)
		t.Cleanup(func() { _ = x.Close() })
		other := meshtest.Found(t, "food")
		lies := community.Handler(func(record.ID) (community.Steward, bool) { return community.Steward{Founding: other}, true })
		req := func(ctx context.Context, _ []byte) ([]byte, error) {
			var out []byte
			c := community.Client{Community: other.ID(), Call: func(ctx context.Context, req []byte) answer.Outcome {
				resp, err := lies(ctx, req)
				out = resp
				return answer.Outcome{Resp: resp, Inferred: err}
			}}
			_, _, err := c.Founding(ctx)
			return out, err
		}
		if err := x.Handle(stewardProtocol(), req); err != nil {
			t.Fatal(err)
		}
		gone := w.street.Host()
		dead := invite(w.id, gone)
		_ = gone.Close()
		for _, bad := range []struct {
			name, invite string
			want         error
		}{
			{"nothing", "", community.ErrInvite},
			{"no invite", "bread", community.ErrInvite},
			{"a letter wrong", w.invite[:len(w.invite)-1] + "7", community.ErrInvite},
			{"a steward that is gone", dead, ErrUnreachable},
			{"another community's steward", invite(record.ID{1}, w.steward.host), ErrUnreachable},
			{"a steward with another founding record", invite(w.id, liar), community.ErrOther},
			{"this node itself", invite(w.id, alice.host), ErrUnreachable},
		} {
			if _, err := alice.Join(t.Context(), bad.invite, Role{}); !errors.Is(err, bad.want) {
				t.Errorf("%s: %v, want %v", bad.name, err, bad.want)
			}
		}
		if rows, err := alice.store.Scan(t.Context(), tableCommunities, nil, nil, 1); err != nil || len(rows)+len(alice.Communities()) != 0 {
			t.Errorf("a membership is kept: %v, %v", rows, err)
		}
		alice.join(t, w.invite, Role{})
		if _, err := alice.Join(t.Context(), w.invite, Role{}); !errors.Is(err, ErrMember) {
			t.Errorf("twice: %v", err)
		}
		for name, err := range map[string]error{
			"refresh": alice.Refresh(t.Context(), record.ID{1}),
			"publish": alice.Publish(t.Context(), record.ID{1}, "food", nil),
		} {
			if !errors.Is(err, ErrUnknown) {
				t.Errorf("%s in an unknown community: %v", name, err)
			}
		}
		if _, err := alice.Find(t.Context(), w.id, category.Path{}); !errors.Is(err, category.ErrPath) {
			t.Errorf("finding nothing: %v", err)
		}
	})
}
