package community

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/record"
)

// shelf is a Directory and Casts in memory.
type shelf struct {
	items []Numbered
	tops  []category.Path // by item
	say   error
	got   [][]byte
}

func (s *shelf) list(top category.Path, after uint64, limit int) ([]Numbered, error) {
	var out []Numbered
	for i, n := range s.items {
		if n.Seq > after && (top.IsZero() || s.tops[i] == top) && len(out) < limit {
			out = append(out, n)
		}
	}
	return out, s.say
}

func (s *shelf) Cards(_ context.Context, top category.Path, after uint64, limit int) ([]Numbered, error) {
	return s.list(top, after, limit)
}

func (s *shelf) Live(_ context.Context, top category.Path, after uint64, limit int) ([]Numbered, error) {
	return s.list(top, after, limit)
}

func (s *shelf) Keep(_ context.Context, b []byte) error {
	if s.say == nil {
		s.got = append(s.got, b)
	}
	return s.say
}

func (s *shelf) Publish(ctx context.Context, b []byte) error { return s.Keep(ctx, b) }

func (s *shelf) fill(n, size int) {
	for i := range n {
		top := path("food")
		if i%2 == 1 {
			top = path("home")
		}
		s.items = append(s.items, Numbered{Seq: uint64(10 + 3*i), Bytes: bytes.Repeat([]byte{byte(i)}, size)})
		s.tops = append(s.tops, top)
	}
}

// serve joins a client to a handler as a node does with a stream between.
func serve(t *testing.T, s *shelf) Client {
	t.Helper()
	r := founded(t, town())
	v, _, err := Verify(r.Bytes(), r.ID())
	if err != nil {
		t.Fatal(err)
	}
	h := Handler(func(id record.ID) (Steward, bool) {
		return Steward{Founding: v, Directory: s, Casts: s}, id == r.ID()
	})
	return Client{Community: r.ID(), Call: func(ctx context.Context, req []byte) answer.Outcome { return outcome(h(ctx, req)) }}
}

func outcome(resp []byte, err error) answer.Outcome {
	var no *answer.Refusal
	switch {
	case errors.As(err, &no):
		return answer.Outcome{Said: no.Status, Text: no.Text}
	case err != nil:
		return answer.Outcome{Said: answer.Internal}
	}
	return answer.Outcome{Resp: resp}
}

func status(err error) answer.Status {
	var no *answer.Refusal
	if errors.As(err, &no) {
		return no.Status
	}
	return answer.OK
}

func TestAStewardHandsOutTheFoundingRecord(t *testing.T) {
	c := serve(t, &shelf{})
	if _, f, err := c.Founding(t.Context()); err != nil || f.Name != "The Town" {
		t.Errorf("got %q, %v", f.Name, err)
	}
	c.Community = record.ID{1}
	if _, _, err := c.Founding(t.Context()); status(err) != answer.NotFound {
		t.Errorf("of another community: %v", err)
	}
}

func TestAListingIsReadWholeInPages(t *testing.T) {
	for _, c := range []struct{ n, size, pages int }{{0, 0, 1}, {MaxPage, 10, 1}, {MaxPage + 1, 10, 2}, {200, 8 << 10, 29}} {
		s := &shelf{}
		s.fill(c.n, c.size)
		client := serve(t, s)
		for name, read := range map[string]func(context.Context, category.Path, uint64) (Page, error){"cards": client.Cards, "casts": client.Live} {
			var items, pages int
			for p := (Page{More: true}); p.More; pages++ {
				var err error
				if p, err = read(t.Context(), category.Path{}, p.Cursor); err != nil {
					t.Fatal(err)
				}
				for _, b := range p.Items {
					if !bytes.Equal(b, s.items[items].Bytes) {
						t.Fatalf("%s: item %d is out of order", name, items)
					}
					items++
				}
			}
			if items != c.n || pages != c.pages {
				t.Errorf("%d %s of %d bytes: %d in %d pages", c.n, name, c.size, items, pages)
			}
		}
	}
}

func TestAListingOfOneTopHasThatAlone(t *testing.T) {
	s := &shelf{}
	s.fill(10, 10)
	c := serve(t, s)
	if p, err := c.Cards(t.Context(), path("home"), 0); err != nil || len(p.Items) != 5 || p.Items[0][0] != 1 {
		t.Errorf("got %+v, %v", p, err)
	}
	if _, err := c.Cards(t.Context(), path("toys"), 0); status(err) != answer.NotFound {
		t.Errorf("a top that isn't listed: %v", err)
	}
}

func TestWhatAStewardTakesReachesItsKeeper(t *testing.T) {
	s := &shelf{}
	c := serve(t, s)
	if err := c.Cast(t.Context(), []byte("cast")); err != nil {
		t.Fatal(err)
	}
	if err := c.Card(t.Context(), []byte("card")); err != nil {
		t.Fatal(err)
	}
	if len(s.got) != 2 || string(s.got[0]) != "cast" || string(s.got[1]) != "card" {
		t.Errorf("got %q", s.got)
	}
}

func TestAKeepersNoReachesTheCaller(t *testing.T) {
	for _, say := range []struct {
		err  error
		want answer.Status
	}{
		{answer.Refuse(answer.Conflict, "an older card"), answer.Conflict},
		{record.ErrSignature, answer.BadSignature},
		{errors.New("a disk is full"), answer.Internal},
	} {
		s := &shelf{say: say.err}
		c := serve(t, s)
		_, listing := c.Cards(t.Context(), category.Path{}, 0)
		for _, err := range []error{c.Cast(t.Context(), nil), c.Card(t.Context(), nil), listing} {
			if status(err) != say.want || len(s.got) > 0 {
				t.Errorf("%v reaches the caller as %v", say.err, err)
			}
		}
	}
}

func TestBadRequestsAreRefused(t *testing.T) {
	c := serve(t, &shelf{})
	wire := func(m *bywayv1.StewardRequest) []byte {
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	id := c.Community[:]
	for name, b := range map[string]struct {
		req  []byte
		want answer.Status
	}{
		"empty":                {nil, answer.Malformed},
		"no protobuf":          {[]byte{0xff}, answer.Malformed},
		"oversize":             {make([]byte, MaxRequest+1), answer.TooLarge},
		"a short community id": {wire(&bywayv1.StewardRequest{Community: id[:31]}), answer.Malformed},
		"another community":    {wire(&bywayv1.StewardRequest{Community: make([]byte, 32)}), answer.NotFound},
		"no ask":               {wire(&bywayv1.StewardRequest{Community: id}), answer.Unsupported},
		"an ask of the future": {append(wire(&bywayv1.StewardRequest{Community: id}), 0x7a, 0), answer.Unsupported},
	} {
		out := c.Call(t.Context(), b.req)
		if out.Said != b.want || out.Resp != nil {
			t.Errorf("%s: %v", name, out.Err())
		}
	}
}

func TestAnswersOutOfTheirFormAreRefused(t *testing.T) {
	many := make([][]byte, MaxPage+1)
	for name, m := range map[string]*bywayv1.StewardResponse{
		"too many items":                  {Cards: many, Cursor: 9},
		"a cursor that goes back":         {Cards: many[:1], Cursor: 4},
		"items and no progress":           {Cards: many[:1], Cursor: 5},
		"more and no progress":            {Cursor: 5, More: true},
		"an empty page with more to come": {Cursor: 6, More: true},
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		c := Client{Call: func(context.Context, []byte) answer.Outcome { return answer.Outcome{Resp: b} }}
		if p, err := c.Cards(t.Context(), category.Path{}, 5); !errors.Is(err, ErrAnswer) || p.Items != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{"no protobuf": {0xff}, "oversize": make([]byte, MaxResponse+1)} {
		c := Client{Call: func(context.Context, []byte) answer.Outcome { return answer.Outcome{Resp: b} }}
		if err := c.Cast(t.Context(), nil); !errors.Is(err, ErrAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARequestTooLargeIsNotSent(t *testing.T) {
	c := Client{Call: func(context.Context, []byte) answer.Outcome { t.Error("called"); return answer.Outcome{} }}
	if err := c.Card(t.Context(), make([]byte, MaxRequest)); !errors.Is(err, record.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
