package listing

import (
	"context"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Find returns up to limit ids of threads that, in text, have the given letters after
// what all ids begin with; no thread has letters that aren't an id's.
func (l *Listing) Find(ctx context.Context, letters string, limit int) ([]record.ID, error) {
	return l.beginning(ctx, 'i', letters, limit)
}

// FindOffer is Find of offers.
func (l *Listing) FindOffer(ctx context.Context, letters string, limit int) ([]record.ID, error) {
	return l.beginning(ctx, 'o', letters, limit)
}

func (l *Listing) beginning(ctx context.Context, kind byte, letters string, limit int) ([]record.ID, error) {
	if _, err := l.follow(ctx); err != nil {
		return nil, err
	}
	head, ok := digest(letters)
	if !ok {
		return nil, nil
	}
	var out []record.ID
	var after []byte
	for {
		rs, err := l.rows.scan(ctx, append([]byte{kind}, head...), after, store.MaxLimit)
		if err != nil {
			return nil, err
		}
		for _, r := range rs {
			after = r.Key
			id, err := record.IDFromBytes(r.Key[1:])
			if err != nil {
				return nil, fmt.Errorf("%w: a key of the listing: %w", store.ErrCorrupt, err)
			}
			if !strings.HasPrefix(id.String()[len(idHead):], letters) {
				continue
			}
			if out = append(out, id); len(out) == limit {
				return out, nil
			}
		}
		if len(rs) < store.MaxLimit {
			return out, nil
		}
	}
}

// idHead is how every id begins in text: 30 of the 32 bits before its digest.
const idHead = "bafkrei"

// digest returns the whole bytes of an id's digest that letters tell: each has 5 bits, and
// 2 bits come before the digest.
func digest(letters string) ([]byte, bool) {
	const letterBits, before = 5, 2
	n := (len(letters)*letterBits - before) / 8
	if n < 0 {
		return nil, true
	}
	// Six letters of what all ids begin with, which are whole in 30 bits, put the digest at a byte.
	const whole = 8
	text := strings.ToUpper(idHead[1:] + letters)
	text += strings.Repeat("A", (whole-len(text)%whole)%whole)
	b, err := base32.StdEncoding.DecodeString(text)
	const header = 4
	if err != nil || len(b) < header+n || n > len(record.ID{}) {
		return nil, false
	}
	return b[header : header+n], true
}
