package main

import (
	"strings"
	"testing"
	"time"
)

// noon is when these tests run.
var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

func at(t time.Time) *app { return &app{now: func() time.Time { return t }} }

func TestTimesAreLocalAndRelative(t *testing.T) {
	here := time.FixedZone("here", 2*3600)
	for _, c := range []struct {
		t    time.Time
		want string
	}{
		{noon, "14:00 (now)"},
		{noon.Add(-3 * time.Minute), "13:57 (3 min ago)"},
		{noon.Add(-30 * time.Second), "13:59 (30 s ago)"},
		{noon.Add(11 * time.Hour), "2 Mar 01:00 (in 11 h)"},
		{noon.Add(-3 * 24 * time.Hour), "26 Feb 14:00 (3 days ago)"},
		{noon.Add(400 * 24 * time.Hour), "2028-04-04 14:00 (in 400 days)"},
		{time.Time{}, ""},
		{time.Unix(0, 0), ""},
	} {
		if got := at(noon.In(here)).when(c.t); got != c.want {
			t.Errorf("%s is %q, want %q", c.t, got, c.want)
		}
	}
}

func TestColumnsLineUpWhateverTheLetters(t *testing.T) {
	var p page
	p.table([]string{"KEY", "NAME", ""}, [][]string{{"k7mz2a4q", "Bäckerei", "x"}, {"a", "b", ""}})
	want := "KEY       NAME\nk7mz2a4q  Bäckerei  x\na         b\n"
	if p.String() != want {
		t.Errorf("got\n%swant\n%s", p.String(), want)
	}
}

func TestTextOfOthersCantMoveTheCursor(t *testing.T) {
	got := plain("bread\x1b[2Jgone\r\nnext\ttab\u202eevil")
	if strings.ContainsAny(got, "\x1b\r\n\t\u202e") {
		t.Errorf("got %q", got)
	}
	if !strings.HasPrefix(got, "bread") || !strings.Contains(got, "next tab") {
		t.Errorf("the words are gone: %q", got)
	}
}

func TestFieldsWithoutAValueAreLeftOut(t *testing.T) {
	var p page
	p.fields("purpose", "bread", "law", "", "data", "name")
	if want := "purpose  bread\ndata     name\n"; p.String() != want {
		t.Errorf("got %q, want %q", p.String(), want)
	}
}

func TestListingsShowEightLetters(t *testing.T) {
	for in, want := range map[string]string{
		"bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy": "gh2akisc",
		"k7mz2a4qxxxx": "k7mz2a4q",
		"short":        "short",
		"":             "",
	} {
		if got := shortID(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
