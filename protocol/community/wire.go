package community

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/form"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
)

func (f Founding) marshal() ([]byte, error) {
	m := &bywayv1.Founding{
		Name: f.Name, Steward: f.Steward[:], StewardRoads: road.ToWire(f.Roads), Founded: form.Milli(f.Founded),
		Nonce: f.Nonce[:], Description: f.Description,
	}
	for _, top := range f.Tops {
		m.Categories = append(m.Categories, top.String())
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return b, nil
}

func unmarshal(b []byte) (Founding, error) {
	var m bywayv1.Founding
	if err := proto.Unmarshal(b, &m); err != nil {
		return Founding{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	f, err := fromWire(&m)
	if err != nil {
		return Founding{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return f, nil
}

func fromWire(m *bywayv1.Founding) (Founding, error) {
	f := Founding{Name: m.GetName(), Description: m.GetDescription()}
	err := form.Texts(
		form.Text{Name: "name", Value: f.Name, Min: 1, Max: MaxName},
		form.Text{Name: "description", Value: f.Description, Max: MaxDescription},
	)
	if err != nil {
		return Founding{}, err
	}
	if n := len(m.GetNonce()); n != NonceSize {
		return Founding{}, fmt.Errorf("%w: a nonce of %d bytes, want %d", ErrMalformed, n, NonceSize)
	}
	f.Nonce = [NonceSize]byte(m.GetNonce())
	if f.Founded, err = form.Time("founded", m.GetFounded()); err != nil {
		return Founding{}, err
	}
	if f.Steward, err = record.ParseKey(m.GetSteward()); err != nil {
		return Founding{}, fmt.Errorf("the steward: %w", err)
	}
	if f.Roads, err = road.FromWire(m.GetStewardRoads(), MaxRoads); err != nil {
		return Founding{}, err
	}
	f.Tops, err = tops(m.GetCategories())
	if err == nil && f.Founded.IsZero() {
		err = fmt.Errorf("%w: it doesn't say when it was founded", form.ErrTime)
	}
	if err != nil {
		return Founding{}, err
	}
	return f, nil
}

func tops(words []string) ([]category.Path, error) {
	if n := len(words); n < 1 || n > category.MaxTops {
		return nil, fmt.Errorf("%w: %d top categories, want 1 to %d", category.ErrPath, n, category.MaxTops)
	}
	out := make([]category.Path, 0, len(words))
	for _, w := range words {
		p, err := category.Parse(w)
		if err != nil {
			return nil, err
		}
		if p.Levels() != 1 || slices.Contains(out, p) {
			return nil, fmt.Errorf("%w: top category %q has more than one word, or is there twice", category.ErrPath, w)
		}
		out = append(out, p)
	}
	return out, nil
}
