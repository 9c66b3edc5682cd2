package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// vectorFile writes the body of a bundle's vector to a file.
func vectorFile(t *testing.T, name string) string {
	t.Helper()
	for _, v := range recordtest.Vectors(t, "../../protocol/evidence/testdata/vectors") {
		if v.Name == name {
			file := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(file, v.Body, 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		}
	}
	t.Fatalf("no vector %s", name)
	return ""
}

func TestABundleIsPutInWords(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{vectorFile(t, "all-that-there-is")}, nil, &out, noon); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"genuine: ", `"The Bakery"`, "agreed to byway-2026-1/SD-BASE@1", `saying "we close"`, "it took the offer bafkrei"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestABundleComesByStandardInputToo(t *testing.T) {
	b, err := os.ReadFile(vectorFile(t, "a-fork"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run([]string{"-", "2026-03-01T12:00:00Z"}, bytes.NewReader(b), &out, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "\n! the person said two things at place 1") {
		t.Errorf("the fork isn't told:\n%s", out.String())
	}
}

func TestWhatIsNoFileOfOursIsRefused(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "picture")
	if err := os.WriteFile(picture, []byte("\x89PNG\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{"changed": {vectorFile(t, "changed")}, "a picture": {picture}, "none": {filepath.Join(t.TempDir(), "none")}} {
		var out bytes.Buffer
		if err := run(args, nil, &out, noon); err == nil || exitCode(err) != 1 || out.Len() > 0 {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
	for _, args := range [][]string{nil, {"a", "yesterday"}, {"a", "b", "c"}, {"--verbose"}, {"--help", "bread.evidence"}} {
		if err := run(args, nil, &bytes.Buffer{}, noon); !errors.Is(err, errUsage) || exitCode(err) != 2 {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestHelpIsPrintedToWhoAsksForIt(t *testing.T) {
	for _, arg := range []string{"-h", "-help", "--help", "help"} {
		var out bytes.Buffer
		if err := run([]string{arg}, nil, &out, noon); err != nil || !strings.HasPrefix(out.String(), "usage: byway-verify FILE [TIME]") {
			t.Errorf("%s: %v\n%s", arg, err, out.String())
		}
	}
}
