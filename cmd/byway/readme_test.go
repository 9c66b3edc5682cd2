package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const top = "../.." // of the tree, from here

func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks are the fenced blocks of a page in one language, without their fences.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	var out []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	if len(out) == 0 {
		t.Fatalf("the page has no block of %s", language)
	}
	return out
}

func TestEveryCommandOfTheReadmeParses(t *testing.T) {
	for _, block := range blocks(t, readme(t), "sh") {
		for line := range strings.Lines(block) {
			line = strings.Replace(line, "go run ./cmd/byway ", "byway ", 1)
			words := shellWords(line)
			switch words[0] {
			case "byway":
				parses(t, words[1:])
			case "go":
				goesSomewhere(t, words)
			case "export":
			default:
				t.Errorf("%q is no command that a test can check", line)
			}
		}
	}
}

// What a file is shows in its name, and readers of the page meet the names that the commands give.
func TestFilesOfTheReadmeAreNamedAsTheCommandsNameThem(t *testing.T) {
	seen := map[string]bool{}
	for _, block := range blocks(t, readme(t), "sh") {
		for line := range strings.Lines(block) {
			kind, name := "", ""
			for i, w := range shellWords(line) {
				switch w {
				case "prove", "--opening":
					kind = ".opening"
				case "export":
					kind = ".byway"
				case "--bundle", "--against":
					kind = ".evidence"
				}
				if w == "-o" || w == "--opening" || w == "--against" {
					name = shellWords(line)[i+1]
				}
			}
			if seen[kind] = true; name != "" && filepath.Ext(name) != kind {
				t.Errorf("%s: it names a file of kind %s", strings.TrimSpace(line), kind)
			}
		}
	}
	for _, kind := range []string{".opening", ".byway", ".evidence"} {
		if !seen[kind] {
			t.Errorf("no command of the page writes or reads a %s", kind)
		}
	}
}

// goesSomewhere holds that what a go command names is in the tree.
func goesSomewhere(t *testing.T, words []string) {
	t.Helper()
	for _, w := range words {
		if strings.HasPrefix(w, "./") && w != "./..." {
			if found, err := filepath.Glob(filepath.Join(top, w, "*.go")); err != nil || len(found) == 0 {
				t.Errorf("%q: no program there (%v)", words, err)
			}
		}
	}
}

func TestCommandsInTheTextOfTheReadmeParse(t *testing.T) {
	for _, m := range regexp.MustCompile("`(byway [^`]+)`").FindAllStringSubmatch(readme(t), -1) {
		parses(t, shellWords(m[1])[1:])
	}
}

// The code of the page is code of an example, which is compiled and tested.
func TestCodeOfTheReadmeIsThatOfAnExample(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(top, "examples", "vendor", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks(t, readme(t), "go") {
		if !strings.Contains(flush(string(b)), flush(block)) {
			t.Errorf("not in examples/vendor/main.go:\n%s", block)
		}
	}
}

// flush returns text without what its lines are indented by.
func flush(text string) string {
	return regexp.MustCompile(`(?m)^\t+`).ReplaceAllString(text, "")
}

func TestLinksOfTheReadmeLeadSomewhere(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(readme(t), -1)
	if len(links) == 0 {
		t.Fatal("the page has no links")
	}
	for _, m := range links {
		if _, err := os.Stat(filepath.Join(top, filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
}
