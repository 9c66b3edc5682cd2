package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"byway": main})
}

// The scripts read as the manual: one a subject.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("TZ", "UTC")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // a second for each command, under the race detector
			return errors.Join(
				os.WriteFile(filepath.Join(env.WorkDir, "bread.byway"), breadRecord(t), 0o600),
				os.WriteFile(filepath.Join(env.WorkDir, "proffer.byway"), signedBread(t, breadBody(t), recordtest.Signer("alice")), 0o600),
			)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"flip":  flip,
			"cut":   cut,
			"grab":  grab,
			"until": until,

			"words":  writeWords,
			"damage": damage,
		},
	})
}

// exits CODE PROGRAM ARG… runs a program that has to end with that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG…")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%v ended with %d, want %s", args[1:], code, args[0])
	}
}

// flip FILE N TO writes FILE with one bit of its byte N changed.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	b, n := fileAt(ts, neg, args)
	b[n] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o600))
}

// cut FILE N TO writes the first N bytes of FILE.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	b, n := fileAt(ts, neg, args)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b[:n], 0o600))
}

func fileAt(ts *testscript.TestScript, neg bool, args []string) ([]byte, int) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: flip|cut FILE N TO")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	b := []byte(ts.ReadFile(args[0]))
	if n >= len(b) {
		ts.Fatalf("%s has %d bytes", args[0], len(b))
	}
	return b, n
}

// grab NAME PATTERN sets a variable to what the group in the pattern matches in the
// last output.
func grab(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: grab NAME PATTERN")
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("no match for %q in %q", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], m[1])
}

// untilFor bounds until: what it waits for takes a second or two.
const untilFor = 20 * time.Second

// until PATTERN PROGRAM ARG… runs a program again until it goes well and its output
// matches: what one node sent takes its time to reach another.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN PROGRAM ARG…")
	}
	want := regexp.MustCompile("(?m)" + args[0])
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for over := time.Now().Add(untilFor); time.Now().Before(over); <-again.C {
		if err := ts.Exec(args[1], args[2:]...); err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("no %q in what %v prints: %q", args[0], args[1:], ts.ReadFile("stdout"))
}
