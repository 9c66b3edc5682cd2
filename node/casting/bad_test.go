package casting

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
	"github.com/bywaynet/byway/store"
)

// held is all that a store has, to tell whether something was stored.
func held(t *testing.T, s *store.Memory) store.Size {
	t.Helper()
	size, err := s.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// accepted returns the acceptance that a vendor makes of a cast, whole.
func (p *party) accepted(cast record.Verified) []byte {
	p.w.t.Helper()
	a, err := p.service.Accept(p.w.t.Context(), cast, p.key(), p.name)
	if err != nil {
		p.w.t.Fatal(err)
	}
	es, err := p.store.Entries(p.w.t.Context(), a.ID())
	if err != nil {
		p.w.t.Fatal(err)
	}
	return es[0].Rec.Bytes()
}

// signed returns the request by which a vendor hands over o.
func (p *party) signed(o offer.Offer, to record.Key) []byte {
	p.w.t.Helper()
	r, err := offer.New(p.w.t.Context(), o, to, record.Link{N: 1}, recordtest.Signer(p.name+" 0"))
	if err != nil {
		p.w.t.Fatal(err)
	}
	return wrap(p.w.t, r.Bytes())
}

func wrap(t *testing.T, b []byte) []byte {
	t.Helper()
	req, err := proto.Marshal(&bywayv1.OfferRequest{Offer: b})
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func (p *party) recordOf(cast record.ID) record.Verified {
	p.w.t.Helper()
	es, err := p.store.Entries(p.w.t.Context(), cast)
	if err != nil || len(es) == 0 {
		p.w.t.Fatal("no cast", err)
	}
	return es[0].Rec
}

func TestBadOffersGetANamedAnswerAndLeaveNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, bob, roaster, bakery := w.party("alice"), w.party("bob"), w.party("roaster"), w.party("bakery")
		roaster.asVendor()
		bakery.asVendor()
		alice.asPerson()
		bob.asPerson()
		wish := w.beans()
		wish.Currency = "EUR"
		mine, other, gone, his := alice.cast(wish), alice.cast(wish), alice.cast(wish), bob.cast(wish)
		wish.Life = time.Hour
		short := alice.cast(wish)
		if _, err := alice.person.Withdraw(t.Context(), gone.ID); err != nil {
			t.Fatal(err)
		}
		acceptance := func(p *party, i Intention, owner *party) []byte { return p.accepted(owner.recordOf(i.ID)) }
		shortly := acceptance(roaster, short, alice)
		time.Sleep(2 * time.Hour)
		ref, _ := terms.Default().Lookup("SD-BASE")
		good := offer.Offer{
			Acceptance: acceptance(roaster, mine, alice), Cast: mine.ID, Item: offer.Item{Name: "beans"}, Quantity: 1,
			Price: money.Amount{Minor: 1, Currency: "EUR"}, GoodUntil: time.Now().Add(time.Hour), Terms: []terms.Ref{ref.Ref},
		}
		with := func(change func(*offer.Offer)) []byte {
			o := good
			change(&o)
			return roaster.signed(o, mine.Key)
		}
		flipped := bytes.Clone(with(func(*offer.Offer) {}))
		flipped[len(flipped)-1] ^= 1
		cut := with(func(*offer.Offer) {})
		cases := map[string]struct {
			req  []byte
			want answer.Status
		}{
			"too large":                    {make([]byte, offer.MaxRequest+1), answer.TooLarge},
			"no request":                   {[]byte{0xff}, answer.Malformed},
			"no record":                    {wrap(t, []byte("x")), answer.Malformed},
			"cut":                          {wrap(t, cut[len(cut)-900:]), answer.Malformed},
			"a flipped signature":          {flipped, answer.BadSignature},
			"a cast":                       {wrap(t, alice.recordOf(mine.ID).Bytes()), answer.UnknownType},
			"to somebody else":             {roaster.signed(good, his.Key), answer.NotAddressed},
			"for no cast of hers":          {with(func(o *offer.Offer) { o.Cast = his.ID }), answer.NotFound},
			"for another cast of hers":     {with(func(o *offer.Offer) { o.Cast = other.ID }), answer.NotFound},
			"lapsed":                       {with(func(o *offer.Offer) { o.GoodUntil = time.Now() }), answer.Expired},
			"good for ever":                {with(func(o *offer.Offer) { o.GoodUntil = time.Now().Add(offer.MaxGood + time.Hour) }), answer.Refused},
			"an acceptance of nothing":     {with(func(o *offer.Offer) { o.Acceptance = []byte("x") }), answer.Malformed},
			"a cast as its acceptance":     {with(func(o *offer.Offer) { o.Acceptance = alice.recordOf(mine.ID).Bytes() }), answer.UnknownType},
			"somebody else's acceptance":   {with(func(o *offer.Offer) { o.Acceptance = acceptance(bakery, mine, alice) }), answer.WrongSigner},
			"an acceptance to another key": {with(func(o *offer.Offer) { o.Acceptance = acceptance(roaster, other, alice) }), answer.WrongSigner},
			"an acceptance to somebody":    {with(func(o *offer.Offer) { o.Acceptance = acceptance(roaster, his, bob) }), answer.NotAddressed},
			"another currency":             {with(func(o *offer.Offer) { o.Price.Currency = "USD" }), answer.Refused},
			"for a withdrawn cast": {roaster.signed(offer.Offer{
				Acceptance: acceptance(roaster, gone, alice), Cast: gone.ID, Item: good.Item, Quantity: 1, Price: good.Price, GoodUntil: good.GoodUntil, Terms: good.Terms,
			}, gone.Key), answer.Expired},
			"for an expired cast": {roaster.signed(offer.Offer{
				Acceptance: shortly, Cast: short.ID, Item: good.Item, Quantity: 1, Price: good.Price, GoodUntil: good.GoodUntil, Terms: good.Terms,
			}, short.Key), answer.Expired},
		}
		for name, c := range cases {
			before := held(t, alice.store)
			_, err := alice.person.Handle(t.Context(), c.req)
			var r *answer.Refusal
			if !errors.As(err, &r) || r.Status != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
			if after := held(t, alice.store); after != before {
				t.Errorf("%s: something was stored", name)
			}
		}
		for range 2 {
			if _, err := alice.person.Handle(t.Context(), with(func(*offer.Offer) {})); err != nil {
				t.Errorf("the good one: %v", err)
			}
		}
		if n := len(alice.offers(mine.ID)); n != 1 {
			t.Errorf("%d offers, want 1", n)
		}
	})
}

func TestTooManyOffersByOneVendorAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		alice.asPerson()
		i := alice.cast(w.beans())
		for n := range offer.MaxPerVendor + 1 {
			if _, err := roaster.vendor.Offer(t.Context(), i.ID, *cake()); (err == nil) != (n < offer.MaxPerVendor) {
				t.Errorf("offer %d: %v", n+1, err)
			}
		}
		if n := len(alice.offers(i.ID)); n != offer.MaxPerVendor {
			t.Errorf("she holds %d", n)
		}
	})
}

func TestBadDirectCastsGetANamedAnswerAndLeaveNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		alice.asPerson()
		w.change(func() { roaster.down = true })
		wish := w.beans()
		wish.Community, wish.To = record.ID{}, []record.Key{roaster.key()}
		direct, public := alice.cast(wish), alice.cast(w.beans())
		form := alice.recordOf(direct.ID).Bytes()
		flipped := bytes.Clone(form)
		flipped[len(flipped)-1] ^= 1
		h := roaster.vendor.Handler()
		for name, c := range map[string]struct {
			req  []byte
			want answer.Status
		}{
			"nothing":                 {nil, answer.Malformed},
			"too long":                {append(bytes.Clone(form), 0), answer.Malformed},
			"cut":                     {form[:len(form)-1], answer.Malformed},
			"noise":                   {make([]byte, intention.FormSize), answer.Malformed},
			"a flipped signature":     {flipped, answer.BadSignature},
			"one cast in a community": {alice.recordOf(public.ID).Bytes(), answer.NotAddressed},
		} {
			before := held(t, roaster.store)
			_, err := h(t.Context(), c.req)
			var r *answer.Refusal
			if !errors.As(err, &r) || r.Status != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
			if held(t, roaster.store) != before {
				t.Errorf("%s: something was stored", name)
			}
		}
		time.Sleep(DefaultLife + time.Hour)
		var r *answer.Refusal
		if _, err := h(t.Context(), form); !errors.As(err, &r) || r.Status != answer.Expired {
			t.Errorf("expired: %v", err)
		}
	})
}

func TestWishesThatCantBeAreRefusedAndLeaveNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice := w.party("alice")
		alice.asPerson()
		k := recordtest.Key("the bakery")
		for name, c := range map[string]struct {
			change func(*Wish)
			want   error
		}{
			"no category":           {func(w *Wish) { w.Category = Wish{}.Category }, ErrWish},
			"nowhere to go":         {func(w *Wish) { w.Community = record.ID{} }, ErrWish},
			"two ways":              {func(w *Wish) { w.To = []record.Key{k} }, ErrWish},
			"a vendor twice":        {func(w *Wish) { w.Community, w.To = record.ID{}, []record.Key{k, k} }, ErrWish},
			"nobody":                {func(w *Wish) { w.Community, w.To = record.ID{}, []record.Key{{}} }, ErrWish},
			"too many vendors":      {func(w *Wish) { w.Community, w.To = record.ID{}, make([]record.Key, MaxTo+1) }, ErrWish},
			"for too long":          {func(w *Wish) { w.Life = intention.MaxLife + 1 }, ErrWish},
			"for less than nothing": {func(w *Wish) { w.Life = -1 }, ErrWish},
			"two currencies":        {func(w *Wish) { w.Currency, w.Highest = "USD", money.Amount{Minor: 1, Currency: "EUR"} }, ErrWish},
			"a negative highest":    {func(w *Wish) { w.Highest = money.Amount{Minor: -1, Currency: "EUR"} }, ErrWish},
			"no words":              {func(w *Wish) { w.Text = "" }, intention.ErrMalformed},
			"a street number":       {func(w *Wish) { w.Place = "12 High Street" }, intention.ErrMalformed},
			"a control":             {func(w *Wish) { w.Text = "a\x00b" }, intention.ErrMalformed},
		} {
			before := held(t, alice.store)
			wish := w.beans()
			c.change(&wish)
			if _, err := alice.person.Cast(t.Context(), wish); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			if held(t, alice.store) != before || w.times() != 0 {
				t.Errorf("%s: something was stored or sent", name)
			}
		}
		if _, err := alice.person.Withdraw(t.Context(), record.SumID(nil)); !errors.Is(err, ErrUnknown) {
			t.Errorf("withdrawing nothing: %v", err)
		}
		if _, err := alice.person.Accept(t.Context(), record.SumID(nil), ""); !errors.Is(err, ErrUnknown) {
			t.Errorf("accepting nothing: %v", err)
		}
		wish := w.beans()
		wish.Life = intention.MaxLife
		i := alice.cast(wish)
		if left := time.Until(i.Expires); left > intention.MaxLife || !i.Deliveries[0].Taken {
			t.Errorf("the longest life: %s, %+v", left, i.Deliveries)
		}
		time.Sleep(intention.MaxLife + time.Hour)
		if _, err := alice.person.Withdraw(t.Context(), i.ID); !errors.Is(err, ErrOver) {
			t.Errorf("withdrawing what has expired: %v", err)
		}
	})
}

func TestWithdrawingWhatWasTakenIsRefusedAsTaken(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		roaster.imports(roasts, Auto)
		alice.asPerson()
		i := alice.cast(w.beans())
		synctest.Wait()
		if _, err := alice.person.Accept(t.Context(), alice.offers(i.ID)[0].ID, ""); err != nil {
			t.Fatal(err)
		}
		before := held(t, alice.store)
		_, err := alice.person.Withdraw(t.Context(), i.ID)
		if !errors.Is(err, ErrOver) || !strings.Contains(err.Error(), "you took an offer") || strings.Contains(err.Error(), "expired") {
			t.Errorf("withdrawn: %v", err)
		}
		if held(t, alice.store) != before {
			t.Error("something was stored")
		}
	})
}

func TestOnlyTermsThatTheOfferListsAreProffered(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		alice, roaster := w.party("alice"), w.party("roaster")
		roaster.asVendor()
		roaster.imports(roasts, Auto)
		alice.asPerson()
		i := alice.cast(w.beans())
		synctest.Wait()
		o := alice.offers(i.ID)[0]
		before := held(t, alice.store)
		if _, err := alice.person.Accept(context.WithoutCancel(t.Context()), o.ID, "SD-BASE-DP"); !errors.Is(err, offer.ErrTerms) {
			t.Errorf("terms that it doesn't list: %v", err)
		}
		time.Sleep(DefaultGoodFor)
		if _, err := alice.person.Accept(t.Context(), o.ID, ""); !errors.Is(err, offer.ErrLapsed) {
			t.Errorf("a lapsed offer: %v", err)
		}
		if held(t, alice.store) != before {
			t.Error("something was stored")
		}
	})
}
