package category

import (
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
)

// vectors reads one file of vectors as pairs of a text and what is said about it.
func vectors(t testing.TB, name string) [][2]string {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out [][2]string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			text, said, _ := strings.Cut(line, "\t")
			out = append(out, [2]string{text, said})
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s holds no vectors", name)
	}
	return out
}

func TestAcceptVectorsAreReadWithTheirPrefixes(t *testing.T) {
	for _, v := range vectors(t, "accept.txt") {
		p, err := Parse(v[0])
		if err != nil {
			t.Errorf("%q: %v", v[0], err)
			continue
		}
		var prefixes []string
		for _, q := range p.Prefixes() {
			prefixes = append(prefixes, q.String())
		}
		if got := strings.Join(prefixes, " "); got != v[1] || p.String() != v[0] {
			t.Errorf("%q: prefixes %q, want %q", v[0], got, v[1])
		}
		if p.Top() != p.Prefixes()[0] || p.Levels() != len(prefixes) || len(p.Words()) != p.Levels() {
			t.Errorf("%q: top %q, %d levels, words %q", v[0], p.Top(), p.Levels(), p.Words())
		}
	}
}

func TestRejectVectorsAreRefusedAndChangeNothing(t *testing.T) {
	for _, v := range vectors(t, "reject.txt") {
		text, err := strconv.Unquote(v[0])
		if err != nil {
			t.Fatalf("vector %s: %v", v[0], err)
		}
		p, err := Parse(text)
		if !errors.Is(err, ErrPath) || !strings.Contains(err.Error(), v[1]) || !p.IsZero() {
			t.Errorf("%s: got %q, %v; want %q", v[0], p, err, v[1])
		}
		kept := Path{"food"}
		if err := kept.UnmarshalText([]byte(text)); text != "" && (err == nil || kept.String() != "food") {
			t.Errorf("%s: unmarshalled to %q, %v", v[0], kept, err)
		}
	}
}

func TestContainsGoesByWholeWords(t *testing.T) {
	food, tea, foot := Path{"food"}, Path{"food/tea"}, Path{"foo"}
	for _, c := range []struct {
		p, q Path
		want bool
	}{
		{food, food, true}, {food, tea, true}, {tea, food, false}, {foot, food, false}, {food, foot, false},
		{Path{}, food, false}, {food, Path{}, false}, {Path{}, Path{}, false},
	} {
		if c.p.Contains(c.q) != c.want || c.q.IsUnder(c.p) != c.want {
			t.Errorf("%q contains %q: want %v", c.p, c.q, c.want)
		}
	}
}

func TestZeroPathHasNoParts(t *testing.T) {
	var p Path
	if !p.IsZero() || p.Levels() != 0 || p.Prefixes() != nil || p.Words() != nil || !p.Top().IsZero() {
		t.Errorf("zero path: %v", p)
	}
}

func TestPathSurvivesJSONAsKeyAndValue(t *testing.T) {
	in := map[Path]Path{{"food"}: {"food/tea"}, {"еда"}: {}}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out map[Path]Path
	if err := json.Unmarshal(text, &out); err != nil || len(out) != 2 || out[Path{"food"}] != in[Path{"food"}] {
		t.Errorf("%s came back as %v, %v", text, out, err)
	}
}

func TestDefaultsAreValidSortedAndDescribed(t *testing.T) {
	all := Defaults()
	if len(all) != 24 || len(all) > MaxTops {
		t.Fatalf("%d defaults", len(all))
	}
	for i, d := range all {
		if p, err := Parse(d.Path.String()); err != nil || p != d.Path || p.Levels() != 1 {
			t.Errorf("%q isn't a top category: %v", d.Path, err)
		}
		if i > 0 && all[i-1].Path.Compare(d.Path) >= 0 {
			t.Errorf("%q is out of order", d.Path)
		}
		if !strings.HasSuffix(d.Text, ".") || len(d.Text) > 100 {
			t.Errorf("%q needs one short sentence, has %q", d.Path, d.Text)
		}
	}
}

func TestLabelsBecomeAPath(t *testing.T) {
	for _, c := range []struct{ labels, want string }{
		{"Food", "food"},
		{"Home & Garden|Hoses, 3/4\"", "home-garden/hoses-3-4"},
		{"Men's Shoes", "mens-shoes"},
		{"  Bikes  ||E-Bikes", "bikes/e-bikes"},
		{"CAFÉ|Cafe\u0301", "café/café"},
		{"Еда|Кофе", "еда/кофе"},
		{"İstanbul", "istanbul"},
		{"A|B|C|D|E|F", "a/b/c/d"},
		{"食品", "食品"},
	} {
		p, err := FromLabels(strings.Split(c.labels, "|"))
		if err != nil || p.String() != c.want {
			t.Errorf("%q gave %q, %v; want %q", c.labels, p, err, c.want)
		}
	}
	for _, bad := range []string{"", "&", "---", "🚲", strings.Repeat("x", MaxWordBytes+1)} {
		if p, err := FromLabels([]string{bad}); !errors.Is(err, ErrPath) || !p.IsZero() {
			t.Errorf("%q gave %q, %v", bad, p, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range vectors(f, "accept.txt") {
		f.Add(v[0])
	}
	for _, v := range vectors(f, "reject.txt") {
		text, _ := strconv.Unquote(v[0])
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		// Whatever FromLabels makes must pass Parse, which it calls last; here it must not crash.
		_, _ = FromLabels(strings.FieldsFunc(s, func(r rune) bool { return r == '>' || r == '/' }))
		p, err := Parse(s)
		if err != nil {
			if !p.IsZero() {
				t.Fatalf("refused, yet gave %q", p)
			}
			return
		}
		if p.String() != s || len(s) > MaxPathBytes || p.Levels() > MaxLevels {
			t.Fatalf("%q became %q", s, p)
		}
		for _, q := range p.Prefixes() {
			if again, err := Parse(q.String()); err != nil || again != q || !q.Contains(p) {
				t.Fatalf("prefix %q of %q: %v", q, p, err)
			}
		}
		if back, err := FromLabels(p.Words()); err != nil || back != p {
			t.Fatalf("labels of %q made %q, %v", p, back, err)
		}
	})
}
