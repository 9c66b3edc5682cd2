package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func TestJSONIsOneObjectALineWithEveryFieldButUnsetTimes(t *testing.T) {
	var out bytes.Buffer
	a := &app{out: &out, json: true}
	err := a.show(nil,
		&localv1.HistoryLine{At: timestamppb.New(noon), Kind: "accept", Text: "a\nb"},
		&localv1.Item{Cursor: 41, Commands: []string{"byway decide x accept"}},
	)
	want := `{"at":"2027-03-01T12:00:00Z","mine":false,"kind":"accept","id":"","text":"a\nb"}` + "\n" +
		`{"cursor":"41","kind":"","id":"","who":"","text":"","waiting":false,"commands":["byway decide x accept"]}` + "\n"
	if err != nil || out.String() != want {
		t.Errorf("got %v\n%swant\n%s", err, out.String(), want)
	}
}

// The names are what scripts read: they stay when the code moves.
func TestJSONNamesAreThoseOfTheSchema(t *testing.T) {
	for _, c := range []struct {
		m    proto.Message
		want []string
	}{
		{&localv1.Contact{CardIssued: timestamppb.New(noon)}, []string{"key", "petname", "name", "categories", "accepts", "addresses", "card_issued", "description", "url", "speaks_agreement"}},
		{&localv1.LeftOut{}, []string{"line", "what", "reason"}},
		{&localv1.CatalogItem{}, []string{"sku", "name", "category", "price", "unit", "condition", "description"}},
		{&localv1.PolicyRule{}, []string{"terms", "answer", "alternative"}},
		{&localv1.Preferences{}, []string{"acceptable", "apply", "off_list"}},
	} {
		line, err := jsonLine(c.m)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%s isn't JSON: %v", line, err)
		}
		var names []string
		for name := range got {
			names = append(names, name)
		}
		slices.Sort(names)
		slices.Sort(c.want)
		if !slices.Equal(names, c.want) {
			t.Errorf("%T has %v, want %v", c.m, names, c.want)
		}
	}
}

func TestNothingIsNoLine(t *testing.T) {
	var out bytes.Buffer
	if err := (&app{out: &out, json: true}).show(nil); err != nil || out.Len() != 0 {
		t.Errorf("got %q (%v)", out.String(), err)
	}
}
