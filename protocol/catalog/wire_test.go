package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// checkEncoding holds that a list comes back the same from its bytes.
func checkEncoding(t *testing.T, l List) {
	t.Helper()
	data, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(data)
	if err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	if !slices.Equal(slices.Collect(l.Items()), slices.Collect(back.Items())) {
		t.Fatalf("came back different from %q", data)
	}
	if again, err := back.Encode(); err != nil || !bytes.Equal(again, data) {
		t.Fatalf("encoded again it differs: %v", err)
	}
}

func TestListComesBackTheSameFromItsBytes(t *testing.T) {
	checkEncoding(t, List{})
	for _, name := range []string{"roaster.csv", "bicycles.jsonld", "hardware.csv"} {
		l, _ := example(t, name)
		checkEncoding(t, l)
	}
}

const stored = `{"version":1,"items":[{"sku":"1","name":"Tea","category":"food/tea","minor":450,"currency":"EUR","condition":"new","availability":"in stock"}]}`

func TestStoredListWithAnUnknownFieldIsRead(t *testing.T) {
	l, err := Decode([]byte(strings.Replace(stored, `"sku"`, `"colour":"green","sku"`, 1)))
	if it, _ := l.BySKU("1"); err != nil || it.Name != "Tea" || it.Price.Minor != 450 {
		t.Errorf("%+v, %v", it, err)
	}
}

func TestBadStoredListIsRefused(t *testing.T) {
	item := stored[strings.Index(stored, "[")+1 : len(stored)-2]
	for name, text := range map[string]string{
		"empty":              "",
		"cut":                stored[:len(stored)-5],
		"trailing":           stored + "{}",
		"other version":      strings.Replace(stored, `"version":1`, `"version":2`, 1),
		"no version":         `{"items":[]}`,
		"not an object":      `[]`,
		"no category":        strings.Replace(stored, "food/tea", "", 1),
		"bad category":       strings.Replace(stored, "food/tea", "Food", 1),
		"bad currency":       strings.Replace(stored, "EUR", "EUX", 1),
		"negative price":     strings.Replace(stored, "450", "-450", 1),
		"fraction":           strings.Replace(stored, "450", "4.5", 1),
		"overflow":           strings.Replace(stored, "450", "9223372036854775808", 1),
		"over the most":      strings.Replace(stored, "450", "1000000000000001", 1),
		"unknown condition":  strings.Replace(stored, `"new"`, `"any"`, 1),
		"not for sale":       strings.Replace(stored, `"in stock"`, `"sold out"`, 1),
		"no sku":             strings.Replace(stored, `"1"`, `""`, 1),
		"untidy name":        strings.Replace(stored, "Tea", " Tea", 1),
		"control in name":    strings.Replace(stored, "Tea", `T\u001bea`, 1),
		"long name":          strings.Replace(stored, "Tea", strings.Repeat("x", MaxNameBytes+1), 1),
		"bad gtin":           strings.Replace(stored, `"sku"`, `"gtin":"123","sku"`, 1),
		"bad url":            strings.Replace(stored, `"sku"`, `"url":"file:///etc","sku"`, 1),
		"negative line":      strings.Replace(stored, `"sku"`, `"line":-1,"sku"`, 1),
		"sku twice":          strings.Replace(stored, item, item+","+item, 1),
		"larger than a list": strings.Repeat(" ", MaxEncodedBytes+1),
	} {
		if l, err := Decode([]byte(text)); !errors.Is(err, ErrEncoding) || l.Len() != 0 {
			t.Errorf("%s: %d items, %v", name, l.Len(), err)
		}
	}
}

func TestListOfMoreItemsThanTheBoundIsRefused(t *testing.T) {
	if _, err := NewList(make([]Item, MaxItems+1)); !errors.Is(err, ErrTooMany) {
		t.Errorf("got %v", err)
	}
}

func TestListKeepsItsItemsWhenTheCallerChangesTheirs(t *testing.T) {
	l, _ := example(t, "roaster.csv")
	items := slices.Collect(l.Items())
	own, err := NewList(items)
	if err != nil {
		t.Fatal(err)
	}
	items[0].Name = "changed"
	if it, _ := own.BySKU(items[0].SKU); it.Name == "changed" {
		t.Error("the list changed")
	}
}

func TestSwapReplacesTheListWhole(t *testing.T) {
	coffee, _ := example(t, "roaster.csv")
	tools, _ := example(t, "hardware.csv")
	var c Catalog
	if got, err := c.Match(Wish{Words: "hammer"}); err != nil || len(got) != 0 || c.List().Len() != 0 {
		t.Errorf("the empty catalog answered %v, %v", got, err)
	}
	c.Swap(coffee)
	held := c.List()
	done := make(chan error)
	for range 4 {
		go func() {
			for range 100 {
				// Either list is right; a mixture would miss the item or panic.
				l := c.List()
				_, a := l.BySKU("B-YIR-250")
				_, b := l.BySKU("20-CLAW")
				if _, err := l.Match(Wish{Words: "hammer coffee"}); err != nil || a == b {
					done <- fmt.Errorf("found %v and %v, %w", a, b, err)
					return
				}
			}
			done <- nil
		}()
	}
	for i := range 100 {
		if i%2 == 0 {
			c.Swap(tools)
		} else {
			c.Swap(coffee)
		}
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if old := c.Swap(tools); old.Len() != coffee.Len() || held.Len() != coffee.Len() {
		t.Error("the list before isn't what Swap returned, or it changed")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(stored))
	f.Add([]byte(`{"version":1,"items":[]}`))
	f.Add([]byte(`{"version":1,"items":null,"x":[1]}`))
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Decode(data)
		if err != nil {
			if !errors.Is(err, ErrEncoding) || l.Len() != 0 {
				t.Fatalf("%d items, %v", l.Len(), err)
			}
			return
		}
		checkEncoding(t, l)
	})
}
