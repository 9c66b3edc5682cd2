package listing

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/store"
)

func TestLineThatIsCutOrLongerIsRefused(t *testing.T) {
	w := newWorld(t)
	w.allKinds()
	for _, a := range w.held(w.alice) {
		k := keep(a, "SD-BASE")
		b := k.encode()
		got, err := decode(7, b)
		if err != nil || got.Place != 7 || !bytes.Equal(got.encode(), b) || !reflect.DeepEqual(got.phases, k.phases) {
			t.Fatalf("%+v comes back as %+v (%v)", k, got, err)
		}
		for n := range b {
			if _, err := decode(7, b[:n]); !errors.Is(err, store.ErrCorrupt) {
				t.Fatalf("the first %d of %d bytes: got %v, want ErrCorrupt", n, len(b), err)
			}
		}
		if _, err := decode(7, append(b, 0)); !errors.Is(err, store.ErrCorrupt) {
			t.Fatalf("one byte more: got %v, want ErrCorrupt", err)
		}
	}
}

func TestLongestLinesFitOneWrite(t *testing.T) {
	w := newWorld(t)
	data := make([]string, agreement.MaxData)
	for i := range data {
		data[i] = strings.Repeat(string(rune('a'+i)), agreement.MaxCategory)
	}
	w.alice.line.cut = true
	for range batch {
		w.proffer("bakery", ask, func(b *agreement.Body) {
			b.SecondName, b.Purpose = strings.Repeat("n", agreement.MaxName), strings.Repeat("p", agreement.MaxPurpose)
			b.Law, b.Data = strings.Repeat("l", agreement.MaxLaw), data
			b.ValidFrom, b.ValidUntil = w.clock.Add(time.Hour), w.clock.Add(9*time.Hour)
		})
	}
	l := w.alice.listing
	if got := w.page(l, Query{}, batch); len(got) != batch {
		t.Fatalf("%d lines, want %d", len(got), batch)
	}
	if len(l.rows.keys) != 0 {
		t.Error("the store refused them")
	}
}

func FuzzDecodeLine(f *testing.F) {
	f.Add(kept{phases: []phase{{}}}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := decode(1, b)
		if err != nil {
			return
		}
		again, err := decode(1, k.encode())
		if err != nil || !reflect.DeepEqual(again, k) {
			t.Errorf("%+v comes back as %+v (%v)", k, again, err)
		}
	})
}
