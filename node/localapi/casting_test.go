package localapi

import (
	"context"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/bywaynet/byway/node/casting"
	"github.com/bywaynet/byway/node/listing"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/offer"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// person keeps the wishes that were cast, and has one offer, which it takes by a proffer.
type person struct {
	alice *side
	cast  []casting.Wish
	offer casting.Offer
	fail  error
}

func (p *person) Cast(_ context.Context, w casting.Wish) (casting.Intention, error) {
	if p.fail != nil {
		return casting.Intention{}, p.fail
	}
	p.cast = append(p.cast, w)
	return casting.Intention{Cast: intention.Cast{ID: record.SumID([]byte(w.Text)), Category: w.Category, Text: w.Text}, To: w.To, Highest: w.Highest}, nil
}

func (p *person) Casts(context.Context, bool) ([]casting.Intention, error) {
	return []casting.Intention{{Cast: intention.Cast{ID: p.offer.Cast}}}, nil
}

func (p *person) Withdraw(context.Context, record.ID) (casting.Intention, error) {
	return casting.Intention{}, p.fail
}

func (p *person) Offers(context.Context, record.ID) ([]casting.Offer, error) {
	return []casting.Offer{p.offer}, nil
}

func (p *person) Accept(ctx context.Context, _ record.ID, _ string) (agreement.Agreement, error) {
	if p.fail != nil {
		return agreement.Agreement{}, p.fail
	}
	return p.alice.service().Proffer(ctx, agreement.To{Me: p.alice.settings.me, Them: p.offer.Vendor}, agreement.Body{
		Terms: p.offer.Terms[0], SecondName: "The Bakery", Purpose: casting.Purpose, AnswerBy: epoch.Add(3600e9),
	})
}

// oneOffer has a person's one offer, in the first place.
type oneOffer struct{ *person }

func (l oneOffer) Offers(_ context.Context, after uint64, _ bool, _ int) ([]listing.Offered, error) {
	if l.person == nil || after > 0 {
		return nil, nil
	}
	return []listing.Offered{{Place: 1, ID: l.offer.ID, Cast: l.offer.Cast}}, nil
}

func (l oneOffer) Offer(_ context.Context, id record.ID) (listing.Offered, bool, error) {
	if l.person == nil || id != l.offer.ID {
		return listing.Offered{}, false, nil
	}
	return listing.Offered{Place: 1, ID: id, Cast: l.offer.Cast}, true, nil
}

func (l oneOffer) FindOffer(_ context.Context, letters string, _ int) ([]record.ID, error) {
	if l.person == nil || !strings.HasPrefix(strings.TrimPrefix(l.offer.ID.String(), idHead), letters) {
		return nil, nil
	}
	return []record.ID{l.offer.ID}, nil
}

// shop has a price list of one loaf, and keeps what it was told to offer.
type shop struct {
	list   catalog.List
	quotes []casting.Quote
	mode   casting.Mode
	fail   error

	imported catalog.Options // of the last import
}

func (s *shop) Intentions(context.Context, bool) ([]casting.Intention, error) {
	return []casting.Intention{{Cast: intention.Cast{ID: record.SumID([]byte("cast"))}}}, nil
}

func (s *shop) Offer(_ context.Context, _ record.ID, q casting.Quote) (casting.Offer, error) {
	s.quotes = append(s.quotes, q)
	return casting.Offer{}, s.fail
}

func (s *shop) Sent(context.Context, record.ID) ([]casting.Offer, error) { return nil, nil }

func (s *shop) Import(_ context.Context, _ io.Reader, o catalog.Options) (catalog.Report, error) {
	s.imported = o
	return catalog.Report{}, s.fail
}
func (s *shop) Catalog() catalog.List { return s.list }
func (s *shop) Mode() casting.Mode    { return s.mode }

func (s *shop) SetMode(_ context.Context, m casting.Mode) error {
	s.mode = m
	return nil
}

func newPerson(t *testing.T) (*Casting, *person, *side) {
	t.Helper()
	alice, bakery := newSides(t)
	base, _ := alice.Roster.Lookup("SD-BASE")
	p := &person{alice: alice, offer: casting.Offer{Offer: offer.Offer{
		ID: record.SumID([]byte("offer")), Cast: record.SumID([]byte("cast")), Vendor: recordtest.Signer("bakery").Key(), Quantity: 1,
	}}}
	p.offer.Terms = append(p.offer.Terms, base.Ref)
	c := &Casting{Person: p, Book: alice.Book, Communities: &communities{all: []Community{{ID: record.SumID([]byte("town")), Name: "Town"}}}, Listed: oneOffer{p}, Answers: alice.Answers, Now: clock}
	return c, p, bakery
}

func newShop(t *testing.T) (*Casting, *shop) {
	t.Helper()
	var items []catalog.Item
	for _, sku := range []string{"L1", "L2", "L3"} {
		price, err := money.Parse("4.50", "EUR")
		if err != nil {
			t.Fatal(err)
		}
		c, err := category.Parse("food/bread")
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, catalog.Item{SKU: sku, Name: "Loaf " + sku, Category: c, Price: price, Condition: catalog.New, Availability: catalog.InStock})
	}
	list, err := catalog.NewList(items)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{list: list, mode: casting.Auto}
	return &Casting{Shop: s, Book: book{}, Communities: &communities{}, Listed: oneOffer{}, Now: clock}, s
}

func TestBadInputToAPersonsCastingIsRefusedWithAWayOut(t *testing.T) {
	c, p, bakery := newPerson(t)
	for name, in := range map[string]struct {
		req       *localv1.CastRequest
		kind      Kind
		text, try string
	}{
		"no category":               {&localv1.CastRequest{}, BadInput, "categor", "food/coffee"},
		"a category of signs":       {&localv1.CastRequest{Category: "food//!"}, BadInput, "categor", "food/coffee"},
		"an unknown condition":      {&localv1.CastRequest{Category: "food", Condition: "mint"}, BadInput, `"mint", want new, used or either`, ""},
		"an attribute without =":    {&localv1.CastRequest{Category: "food", Attributes: []string{"size"}}, BadInput, `"size", want name=value`, ""},
		"an unknown currency":       {&localv1.CastRequest{Category: "food", Currency: "euros"}, BadInput, "euros", "such as EUR"},
		"a price without currency":  {&localv1.CastRequest{Category: "food", HighestPrice: "12.50"}, BadInput, `"12.50 EUR"`, ""},
		"a price of three words":    {&localv1.CastRequest{Category: "food", HighestPrice: "12 50 EUR"}, BadInput, "want an amount and a currency", ""},
		"a price that is no number": {&localv1.CastRequest{Category: "food", HighestPrice: "x EUR"}, BadInput, `price "x EUR"`, ""},
		"a life below nothing":      {&localv1.CastRequest{Category: "food", ExpiresSeconds: -1}, BadInput, "expires: -1", ""},
		"a life without end":        {&localv1.CastRequest{Category: "food", ExpiresSeconds: math.MaxInt64}, BadInput, "expires", ""},
		"to nobody known":           {&localv1.CastRequest{Category: "food", To: []string{"nobody"}}, NotFound, "nobody known", "byway contacts"},
		"to an unknown community":   {&localv1.CastRequest{Category: "food", Community: "Village"}, NotFound, `"Village"`, "byway community join INVITE"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Cast(t.Context(), in.req)
			wantFailure(t, err, in.kind, in.text, in.try)
		})
	}
	for _, id := range []string{"", "abc", "zzzzzzzz"} {
		_, err := c.Accept(t.Context(), &localv1.AcceptRequest{OfferId: id})
		if f := failureFor(err); f.Try != "byway offers" || f.Kind != BadInput && f.Kind != NotFound {
			t.Errorf("accept %q: %+v", id, f)
		}
	}
	_, err := c.Accept(t.Context(), &localv1.AcceptRequest{OfferId: p.offer.ID.Short(), WaitMs: -1})
	wantFailure(t, err, BadInput, "wait: -1", "")
	_, err = c.Offer(t.Context(), &localv1.OfferRequest{})
	wantFailure(t, err, BadInput, "a person's node", "byway casts")
	if len(p.cast) != 0 || entries(t, p.alice) != 0 || entries(t, bakery) != 0 {
		t.Errorf("%d wishes were cast, the stores have %d and %d entries", len(p.cast), entries(t, p.alice), entries(t, bakery))
	}
}

func TestFailuresOfTakingSayWhatToTry(t *testing.T) {
	c, p, _ := newPerson(t)
	for _, in := range []struct {
		err  error
		kind Kind
		try  string
	}{
		{offer.ErrLapsed, Failed, "byway offers, for those that are still good"}, {offer.ErrTerms, BadInput, "byway offers, for the terms"},
		{casting.ErrOver, Failed, ""}, {casting.ErrUnknown, NotFound, ""}, {casting.ErrWish, BadInput, ""}, {casting.ErrQuote, BadInput, ""},
		{agreement.ErrDoesntSpeak, Refused, ""},
	} {
		p.fail = in.err
		_, err := c.Accept(t.Context(), &localv1.AcceptRequest{OfferId: p.offer.ID.String()})
		wantFailure(t, err, in.kind, in.err.Error(), in.try)
	}
}

func TestCastGoesToTheOnlyCommunityAndKeepsThePriceHome(t *testing.T) {
	c, p, _ := newPerson(t)
	r, err := c.Cast(t.Context(), &localv1.CastRequest{Category: "food/bread", Text: "rye", HighestPrice: "5.00  EUR", Attributes: []string{"size=big"}})
	if err != nil {
		t.Fatal(err)
	}
	if w := p.cast[0]; w.Community != record.SumID([]byte("town")) || w.Highest.String() != r.GetIntention().GetHighestPrice() || w.Attributes[0].Value != "big" {
		t.Errorf("cast %+v", w)
	}
	if len(r.GetNotes()) == 0 || !strings.Contains(r.GetNotes()[len(r.GetNotes())-1], "see this node's address") {
		t.Errorf("notes %q don't say what it shows", r.GetNotes())
	}
}

func TestAcceptWaitsForTheVendorsSignature(t *testing.T) {
	c, p, bakery := newPerson(t)
	done := make(chan *localv1.AcceptResponse, 1)
	failed := make(chan error, 1)
	go func() {
		r, err := c.Accept(context.Background(), &localv1.AcceptRequest{OfferId: p.offer.ID.Short(), WaitMs: 3600e3})
		done <- r
		failed <- err
	}()
	if _, err := bakery.threads.Wait(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	l, err := bakery.ListAgreements(t.Context(), &localv1.ListAgreementsRequest{})
	if err != nil || len(l.GetAgreements()) != 1 {
		t.Fatalf("the bakery lists %v (%v)", l, err)
	}
	if _, err := bakery.Decide(t.Context(), &localv1.DecideRequest{Id: l.GetAgreements()[0].GetId(), Answer: "decline", Text: "sold out"}); err != nil {
		t.Fatal(err)
	}
	r := <-done
	if err := <-failed; err != nil || !r.GetRefused() || r.GetAgreementId() != l.GetAgreements()[0].GetId() || r.GetOffer().GetId() != p.offer.ID.String() {
		t.Errorf("got %v (%v), want the vendor's no", r, err)
	}
}

func TestBadInputToAShopIsRefusedWithAWayOut(t *testing.T) {
	c, s := newShop(t)
	cast := record.SumID([]byte("cast")).Short()
	offers := func(req *localv1.OfferRequest) error { _, err := c.Offer(t.Context(), req); return err }
	imports := func(req *localv1.ImportCatalogRequest) error {
		_, err := c.ImportCatalog(t.Context(), req)
		return err
	}
	lists := func(req *localv1.ListCatalogRequest) error { _, err := c.ListCatalog(t.Context(), req); return err }
	wantFailure(t, offers(&localv1.OfferRequest{IntentionId: "zzzzzzzz"}), NotFound, "nothing here", "byway intentions --all")
	wantFailure(t, offers(&localv1.OfferRequest{IntentionId: cast, Price: "free"}), BadInput, `price "free"`, "")
	wantFailure(t, offers(&localv1.OfferRequest{IntentionId: cast, GoodForSeconds: -1}), BadInput, "good for: -1", "")
	wantFailure(t, imports(&localv1.ImportCatalogRequest{Format: "xml"}), BadInput, `"xml", want csv`, "")
	wantFailure(t, imports(&localv1.ImportCatalogRequest{Currency: "euros"}), BadInput, "euros", "such as EUR")
	wantFailure(t, imports(&localv1.ImportCatalogRequest{Category: "?"}), BadInput, "categor", "food/coffee")
	wantFailure(t, imports(&localv1.ImportCatalogRequest{Answer: "robot"}), BadInput, `"robot", want auto or human`, "")
	wantFailure(t, lists(&localv1.ListCatalogRequest{Category: "?"}), BadInput, "categor", "food/coffee")
	wantFailure(t, lists(&localv1.ListCatalogRequest{After: "L9"}), NotFound, `"L9"`, "byway catalog list")
	_, err := c.Cast(t.Context(), &localv1.CastRequest{Category: "food"})
	wantFailure(t, err, BadInput, "an organisation's node", "byway intentions")
	s.fail = catalog.ErrStrict
	wantFailure(t, imports(&localv1.ImportCatalogRequest{FileName: "list.csv", Answer: "human"}), Failed, "list.csv: price list refused; the price list in force stays", "--strict")
	s.fail = catalog.ErrNothing
	wantFailure(t, imports(&localv1.ImportCatalogRequest{}), Failed, "the price list: price list has no item", "byway catalog import --help")
	if len(s.quotes) != 0 || s.mode != casting.Auto {
		t.Errorf("it offered %v and answers by %s", s.quotes, s.mode)
	}
}

func TestImportTakesTheOptionsOfTheRequest(t *testing.T) {
	c, s := newShop(t)
	r, err := c.ImportCatalog(t.Context(), &localv1.ImportCatalogRequest{Format: "jsonld", Strict: true, Category: "food", Currency: "EUR", Answer: "human"})
	food, _ := category.Parse("food")
	if want := (catalog.Options{Format: catalog.JSONLD, Strict: true, Category: food, Currency: "EUR"}); err != nil || s.imported != want {
		t.Errorf("imported with %+v (%v), want %+v", s.imported, err, want)
	}
	if s.mode != casting.Human || r.GetAnswer() != "human" {
		t.Errorf("it answers by %s, and says %q", s.mode, r.GetAnswer())
	}
}

func TestItemOfAnOfferIsASKUWhereThereIsOne(t *testing.T) {
	c, s := newShop(t)
	for _, item := range []string{"L2", "a cake"} {
		if _, err := c.Offer(t.Context(), &localv1.OfferRequest{IntentionId: record.SumID([]byte("cast")).String(), Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	if s.quotes[0].SKU != "L2" || s.quotes[0].Item != "" || s.quotes[1].SKU != "" || s.quotes[1].Item != "a cake" {
		t.Errorf("offered %+v", s.quotes)
	}
}

func TestOfferThatIsntDeliveredYetSaysSo(t *testing.T) {
	c, _ := newShop(t)
	for state, want := range map[offer.State]bool{offer.Made: true, offer.Delivered: false, offer.Taken: false} {
		if got := c.offer(casting.Offer{State: state}).GetUnreached(); got != want {
			t.Errorf("%s: unreached %v, want %v", state, got, want)
		}
	}
}

func TestCatalogGoesOnWhereItEnded(t *testing.T) {
	c, _ := newShop(t)
	var got []string
	for after := ""; ; {
		r, err := c.ListCatalog(t.Context(), &localv1.ListCatalogRequest{After: after, Limit: 2, Category: "food"})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range r.GetItems() {
			got = append(got, it.GetSku())
		}
		if after = r.GetNext(); after == "" {
			break
		}
	}
	if strings.Join(got, " ") != "L1 L2 L3" {
		t.Errorf("listed %v", got)
	}
}
