package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/money"
)

// MaxEncodedBytes bounds an encoded list: the largest file, with names of fields around each text.
const MaxEncodedBytes = 64 << 20

const wireVersion = 1

// ErrEncoding says that bytes aren't a list that Encode wrote: import the price list again.
var ErrEncoding = errors.New("stored price list can't be read; import it again")

type wireList struct {
	Version int        `json:"version"`
	Items   []wireItem `json:"items"`
}

type wireItem struct {
	SKU          string        `json:"sku"`
	Name         string        `json:"name"`
	Description  string        `json:"description,omitempty"`
	Category     category.Path `json:"category"`
	Minor        int64         `json:"minor"`
	Currency     string        `json:"currency"`
	Unit         string        `json:"unit,omitempty"`
	Condition    string        `json:"condition"`
	Availability string        `json:"availability"`
	GTIN         string        `json:"gtin,omitempty"`
	URL          string        `json:"url,omitempty"`
	Line         int           `json:"line,omitempty"`
}

// Encode writes the list for a store: JSON with a version, the same bytes for the same list. It is for the owner's own disk and
// no part of any protocol. It fails if the result exceeds MaxEncodedBytes.
func (l List) Encode() ([]byte, error) {
	w := wireList{Version: wireVersion, Items: make([]wireItem, 0, l.Len())}
	for it := range l.Items() {
		w.Items = append(w.Items, toWire(it))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(w); err != nil {
		return nil, fmt.Errorf("encoding the price list: %w", err)
	}
	if b.Len() > MaxEncodedBytes {
		return nil, fmt.Errorf("%w: %d bytes encoded, at most %d", ErrTooMany, b.Len(), MaxEncodedBytes)
	}
	return b.Bytes(), nil
}

// Decode reads what Encode wrote and checks each item again. Unknown fields are skipped; an unknown version and anything malformed
// fail with ErrEncoding.
func Decode(data []byte) (List, error) {
	if len(data) > MaxEncodedBytes {
		return List{}, fmt.Errorf("%w: %d bytes, at most %d", ErrEncoding, len(data), MaxEncodedBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	var w wireList
	if err := dec.Decode(&w); err != nil {
		return List{}, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return List{}, fmt.Errorf("%w: more text after its end", ErrEncoding)
	}
	if w.Version != wireVersion {
		return List{}, fmt.Errorf("%w: version %d, this program knows %d", ErrEncoding, w.Version, wireVersion)
	}
	items := make([]Item, len(w.Items))
	for i, each := range w.Items {
		it, err := fromWire(each)
		if err != nil {
			return List{}, fmt.Errorf("%w: item %d: %w", ErrEncoding, i+1, err)
		}
		items[i] = it
	}
	l, err := NewList(items)
	if err != nil {
		return List{}, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	return l, nil
}

func toWire(it Item) wireItem {
	return wireItem{
		SKU: it.SKU, Name: it.Name, Description: it.Description, Category: it.Category,
		Minor: it.Price.Minor, Currency: string(it.Price.Currency), Unit: it.Unit,
		Condition: it.Condition.String(), Availability: it.Availability.String(),
		GTIN: it.GTIN, URL: it.URL, Line: it.Line,
	}
}

func fromWire(w wireItem) (Item, error) {
	condition, err := ParseCondition(w.Condition)
	if err != nil {
		return Item{}, err
	}
	availability, err := ParseAvailability(w.Availability)
	if err != nil {
		return Item{}, err
	}
	return Item{
		SKU: w.SKU, Name: w.Name, Description: w.Description, Category: w.Category,
		Price: money.Amount{Minor: w.Minor, Currency: money.Currency(w.Currency)}, Unit: w.Unit,
		Condition: condition, Availability: availability, GTIN: w.GTIN, URL: w.URL, Line: w.Line,
	}, nil
}
