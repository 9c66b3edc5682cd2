package catalog

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vectorFiles returns the files to import, each beside a .want that says what comes of it.
func vectorFiles(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/vectors/*")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]byte)
	for _, name := range names {
		if filepath.Ext(name) != ".want" {
			if out[name], err = os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(out) == 0 {
		t.Fatal("no vectors")
	}
	return out
}

// outcome is the list that an import made, an item a line, and its report.
func outcome(t *testing.T, data []byte) string {
	t.Helper()
	l, report, err := Import(bytes.NewReader(data), Options{Category: path(t, "other")})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for it := range l.Items() {
		line, err := json.Marshal(toWire(it))
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("item " + string(line) + "\n")
	}
	for _, p := range report.LeftOut {
		b.WriteString("left out " + p.String() + "\n")
	}
	for _, p := range report.Changed {
		b.WriteString("changed " + p.String() + "\n")
	}
	for _, c := range report.Ignored {
		b.WriteString("ignored " + c + "\n")
	}
	return b.String()
}

func TestVectorsImportAsTheySay(t *testing.T) {
	for name, data := range vectorFiles(t) {
		want, err := os.ReadFile(name + ".want")
		if err != nil {
			t.Fatal(err)
		}
		if got := outcome(t, data); got != string(want) {
			t.Errorf("%s gave\n%swant\n%s", name, got, want)
		}
	}
}
