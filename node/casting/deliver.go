package casting

import (
	"context"
	"fmt"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/record"
)

// errands returns what is still to be done about a cast: one for each way that hasn't taken its newest word.
func (p *Person) errands(row castRow) []errand {
	var out []errand
	for _, w := range row.Ways {
		if w.Taken || w.Refused != "" {
			continue
		}
		out = append(out, errand{
			key: fmt.Sprintf("%s %s %t", row.ID, w.To, w.Withdrawal),
			try: func(ctx context.Context) bool { return p.deliver(ctx, row, w) },
		})
	}
	return out
}

// deliver makes one try on one way, and keeps what became of it. It returns true where
// there is nothing more to do.
func (p *Person) deliver(ctx context.Context, row castRow, w way) bool {
	log := p.Log.With("cast", row.ID.Short(), "to", w.To, "withdrawal", w.Withdrawal)
	if !p.now().Before(row.Expires) {
		return true
	}
	v, err := p.newest(ctx, row.ID, w.Withdrawal)
	if err != nil {
		log.Error("can't read what was cast", "err", err)
		return false
	}
	if v.IsZero() {
		return true // a cast whose withdrawal has its own errand
	}
	err = p.send(ctx, row, w, v.Bytes())
	if err != nil {
		refusal, ok := final(err)
		if !ok {
			log.Info("not delivered yet; it is tried again", "err", err)
			return false
		}
		w.Refused = refusal.Error()
		log.Warn("refused for good", "err", refusal)
	}
	w.Taken = err == nil
	if err := p.keepWay(context.WithoutCancel(ctx), row.ID, w); err != nil {
		log.Error("can't keep that it was delivered; it is sent again", "err", err)
		return false
	}
	return true
}

// newest returns the cast, or its withdrawal; zero where the cast is wanted and was withdrawn meanwhile.
func (p *Person) newest(ctx context.Context, id record.ID, withdrawal bool) (record.Verified, error) {
	es, err := p.Store.Entries(ctx, id)
	if err != nil {
		return record.Verified{}, err
	}
	var cast, taken record.Verified
	for _, e := range es {
		switch e.Rec.Statement().Type() {
		case intention.TypeCast:
			cast = e.Rec
		case intention.TypeWithdrawal:
			taken = e.Rec
		}
	}
	switch {
	case withdrawal:
		return taken, nil
	case taken.IsZero():
		return cast, nil
	}
	return record.Verified{}, nil
}

func (p *Person) send(ctx context.Context, row castRow, w way, data []byte) error {
	if w.To == "" {
		community, err := record.ParseID(row.Community)
		if err != nil {
			return err
		}
		return p.Publisher.Publish(ctx, community, row.Top, data)
	}
	k, err := record.ParseKeyText(w.To)
	if err != nil {
		return err
	}
	out := p.Direct.Call(ctx, k, data)
	if out.Said == answer.Conflict && w.Withdrawal {
		return nil // it holds something that this withdrawal doesn't fit: nothing of ours
	}
	return out.Err()
}

// keepWay writes how far one way came, unless another word has begun on it meanwhile.
func (p *Person) keepWay(ctx context.Context, id record.ID, done way) error {
	p.rows.Lock()
	defer p.rows.Unlock()
	row, err := p.castRow(ctx, id)
	if err != nil {
		return err
	}
	for i, w := range row.Ways {
		if w.To == done.To && w.Withdrawal == done.Withdrawal {
			row.Ways[i] = done
		}
	}
	r := row.row()
	return p.Store.Put(ctx, r.Table, r.Key, r.Value)
}
