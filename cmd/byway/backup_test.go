package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// writeWords FILE WORD… writes words to a file, as their owner would have typed them.
func writeWords(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: words FILE WORD…")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(args[1:], " ")+"\n"), 0o600))
}

// damage DIR NUMBER changes a bit in the middle of the backup with that number.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage DIR NUMBER")
	}
	found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "byway-*-"+args[1]+"-*.age"))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%d backups with number %s", len(found), args[1])
	}
	b, err := os.ReadFile(found[0])
	ts.Check(err)
	b[len(b)/2] ^= 1
	ts.Check(os.WriteFile(found[0], b, 0o600))
}
