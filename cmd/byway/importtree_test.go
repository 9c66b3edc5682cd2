package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module     = "github.com/bywaynet/byway"
	moduleRoot = "../.."
)

// An edge is one import, or one call, in one file.
type edge struct {
	from string // folder of the package, slashed, from the module's root
	file string // path of the file, from the module's root
	to   string // our packages by folder, others by import path; of a call, its method
}

// toOurs tells whether e leads to a package of this module: no other module's path,
// nor the standard library's, begins with one of our folders.
func (e edge) toOurs() bool {
	first, _, _ := strings.Cut(e.to, "/")
	return slices.Contains([]string{"cmd", "node", "protocol", "store", "proto", "examples"}, first)
}

// A tree is what the files of a module say, less its tests.
type tree struct {
	imports     []edge
	streamCalls []edge
}

// packages are the folders that import something, each once.
func (t tree) packages() []string {
	var all []string
	for _, e := range t.imports {
		all = append(all, e.from)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// loadTree parses every Go file under root that isn't a test, whatever its build
// tags. It reads the files itself, so that the test's cached result ends with them.
func loadTree(t *testing.T, root string) tree {
	t.Helper()
	var out tree
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != root && (base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		return out.add(name, filepath.ToSlash(rel))
	})
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	return out
}

func (t *tree) add(name, rel string) error {
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("parse %s: %w", rel, err)
	}
	e := edge{from: path.Dir(rel), file: rel}
	for _, spec := range f.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s imports %s: %w", rel, spec.Path.Value, err)
		}
		e.to = strings.TrimPrefix(to, module+"/")
		t.imports = append(t.imports, e)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if ok && slices.Contains([]string{"NewStream", "SetStreamHandler", "SetStreamHandlerMatch"}, sel.Sel.Name) {
			e.to = sel.Sel.Name
			t.streamCalls = append(t.streamCalls, e)
		}
		return true
	})
	return nil
}

// matches tells whether pattern has p: p itself, or with "/..." p and all below it;
// "..." has everything, "*test" all that ends so.
func matches(pattern, p string) bool {
	if pattern == "..." {
		return true
	}
	if end, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(p, end)
	}
	top, below := strings.CutSuffix(pattern, "/...")
	return p == top || below && strings.HasPrefix(p, top+"/")
}

func anyMatches(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, p) })
}

// related tells whether one of the two folders is above the other, or they are one.
func related(a, b string) bool {
	return matches(a+"/...", b) || matches(b+"/...", a)
}

func holds(file, part string) bool { return strings.Contains(file, part) }

// heavyOf picks what is a network or a database.
func heavyOf(deps []string) []string {
	return slices.DeleteFunc(slices.Clone(deps), func(d string) bool {
		return !matches(libp2p, d) && !matches(badger, d)
	})
}

// goListDeps lists all that pkg pulls in, from the module cache alone.
func goListDeps(t *testing.T, pkg string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-e", pkg)
	cmd.Dir = moduleRoot
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}

func TestASeededFileIsRead(t *testing.T) {
	root := t.TempDir()
	write := func(rel, body string) {
		name := filepath.Join(root, filepath.FromSlash(rel))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bad := "//go:build ignored\n\npackage p\n\nimport alias \"" + module + "/protocol/agreement\"\n\n" +
		"var _ = alias.Host.NewStream\n"
	write("protocol/offer/offer.go", bad)
	write("protocol/offer/offer_test.go", bad)
	write("protocol/offer/testdata/other.go", bad)
	write(".ci/other.go", bad)

	got := loadTree(t, root)
	at := edge{from: "protocol/offer", file: "protocol/offer/offer.go"}
	imported, called := at, at
	imported.to, called.to = "protocol/agreement", "NewStream"
	if want := []edge{imported}; !slices.Equal(got.imports, want) {
		t.Errorf("imports are %v, want %v", got.imports, want)
	}
	if want := []edge{called}; !slices.Equal(got.streamCalls, want) {
		t.Errorf("calls on streams are %v, want %v", got.streamCalls, want)
	}
}
