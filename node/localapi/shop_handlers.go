package localapi

import (
	"bytes"
	"context"
	"time"

	"github.com/bywaynet/byway/node/casting"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/catalog"
	"github.com/bywaynet/byway/protocol/money"
	"github.com/bywaynet/byway/protocol/record"
)

// ListIntentions implements the service.
func (c *Casting) ListIntentions(ctx context.Context, req *localv1.ListIntentionsRequest) (*localv1.ListIntentionsResponse, error) {
	s, err := c.shop()
	if err != nil {
		return nil, err
	}
	all, err := s.Intentions(ctx, req.GetAll())
	if err != nil {
		return nil, err
	}
	out := &localv1.ListIntentionsResponse{}
	for _, i := range all {
		out.Intentions = append(out.Intentions, c.intention(i))
	}
	return out, nil
}

func (c *Casting) heard(ctx context.Context, s Shop, word string) (record.ID, error) {
	all, err := s.Intentions(ctx, true)
	if err != nil {
		return record.ID{}, err
	}
	return pick(word, "byway intentions --all", idsOf(all, func(i casting.Intention) record.ID { return i.ID }))
}

// Offer implements the service.
func (c *Casting) Offer(ctx context.Context, req *localv1.OfferRequest) (*localv1.OfferResponse, error) {
	s, err := c.shop()
	if err != nil {
		return nil, err
	}
	id, err := c.heard(ctx, s, req.GetIntentionId())
	if err != nil {
		return nil, err
	}
	goodFor, err := span("good for", req.GetGoodForSeconds(), time.Second)
	if err != nil {
		return nil, err
	}
	q := casting.Quote{Quantity: req.GetQuantity(), GoodFor: goodFor, Terms: req.GetServiceTerms(), Note: req.GetNote()}
	if _, ok := s.Catalog().BySKU(req.GetItem()); ok {
		q.SKU = req.GetItem()
	} else {
		q.Item = req.GetItem()
	}
	if q.Price, err = amount(req.GetPrice()); err != nil {
		return nil, err
	}
	o, err := s.Offer(ctx, id, q)
	if err != nil {
		return nil, castingFailure(err)
	}
	return &localv1.OfferResponse{Offer: c.offer(o)}, nil
}

// ImportCatalog implements the service.
func (c *Casting) ImportCatalog(ctx context.Context, req *localv1.ImportCatalogRequest) (*localv1.ImportCatalogResponse, error) {
	s, err := c.shop()
	if err != nil {
		return nil, err
	}
	o := catalog.Options{Strict: req.GetStrict()}
	if o.Format, err = formatOf(req.GetFormat()); err != nil {
		return nil, err
	}
	if req.GetCategory() != "" {
		if o.Category, err = path(req.GetCategory()); err != nil {
			return nil, err
		}
	}
	if req.GetCurrency() != "" {
		if o.Currency, err = money.ParseCurrency(req.GetCurrency()); err != nil {
			return nil, Fail(BadInput, "%w", err).Hint("the ISO 4217 code, such as EUR")
		}
	}
	if m := req.GetAnswer(); m != "" && m != string(casting.Auto) && m != string(casting.Human) {
		return nil, Fail(BadInput, "answer %q, want auto or human", m)
	}
	rep, err := s.Import(ctx, bytes.NewReader(req.GetContent()), o)
	if err != nil {
		return nil, importFailure(req, err)
	}
	if m := req.GetAnswer(); m != "" {
		if err := s.SetMode(ctx, casting.Mode(m)); err != nil {
			return nil, err
		}
	}
	out := &localv1.ImportCatalogResponse{Items: uint32(rep.Kept), Answer: string(s.Mode())}
	for _, p := range rep.LeftOut {
		out.LeftOut = append(out.LeftOut, &localv1.LeftOut{Line: uint32(p.Line), What: p.SKU, Reason: p.Reason + hint(p.Try)})
	}
	return out, nil
}

func hint(try string) string {
	if try == "" {
		return ""
	}
	return "; try: " + try
}

// ListCatalog implements the service.
func (c *Casting) ListCatalog(_ context.Context, req *localv1.ListCatalogRequest) (*localv1.ListCatalogResponse, error) {
	s, err := c.shop()
	if err != nil {
		return nil, err
	}
	list := s.Catalog()
	if _, ok := list.BySKU(req.GetAfter()); !ok && req.GetAfter() != "" {
		return nil, Fail(NotFound, "nothing in the price list has the SKU %q to go on from", req.GetAfter()).Hint("byway catalog list, from the start")
	}
	keep, err := listed(list, req.GetCategory(), req.GetWords())
	if err != nil {
		return nil, err
	}
	limit := bounded(req.GetLimit())
	out := &localv1.ListCatalogResponse{Total: uint32(list.Len()), Answer: string(s.Mode())}
	on := req.GetAfter() == ""
	for it := range list.Items() {
		if !on {
			on = it.SKU == req.GetAfter()
			continue
		}
		if !keep(it) {
			continue
		}
		if len(out.Items) == limit {
			out.Next = out.Items[limit-1].GetSku()
			break
		}
		out.Items = append(out.Items, itemLine(it))
	}
	return out, nil
}
