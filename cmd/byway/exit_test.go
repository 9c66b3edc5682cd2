package main

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/bywaynet/byway/node/localapi"
)

func TestExitCodesTellHowItEnded(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"done":           {nil, 0},
		"plain error":    {errors.New("disc full"), 1},
		"failed":         {localapi.Fail(localapi.Failed, "no road"), 1},
		"not found":      {localapi.Fail(localapi.NotFound, "no such id"), 1},
		"ambiguous":      {localapi.Fail(localapi.Ambiguous, "two"), 1},
		"unknown kind":   {localapi.Fail("of-tomorrow", "new"), 1},
		"usage":          {&usageError{err: errors.New("WHO is missing")}, 2},
		"bad input":      {localapi.Fail(localapi.BadInput, "no such terms"), 2},
		"not running":    {fmt.Errorf("%w in x", localapi.ErrNotRunning), 3},
		"went away":      {localapi.Fail(localapi.Closing, "shutting down"), 3},
		"refused":        {localapi.Fail(localapi.Refused, "declined"), 4},
		"said no":        {&hintedError{err: errRefused}, 4},
		"interrupted":    {fmt.Errorf("%w; it is signed", errInterrupted), 130},
		"wrapped":        {fmt.Errorf("proffer: %w", localapi.Fail(localapi.Refused, "declined")), 4},
		"hinted no node": {&hintedError{err: localapi.ErrNotRunning}, 3},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%s: exit code %d, want %d", name, got, c.want)
		}
	}
}

func TestErrorsSayWhatToTry(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"none":      {errors.New("disc full"), "byway: disc full\n"},
		"hint":      {localapi.Fail(localapi.Failed, "no road").Hint("byway meet ADDRESS"), "byway: no road\ntry: byway meet ADDRESS\n"},
		"in text":   {errors.New("no folder: HOME is empty; try: give one with --dir"), "byway: no folder: HOME is empty\ntry: give one with --dir\n"},
		"in braces": {errors.New("path too long (try: a shorter folder)"), "byway: path too long\ntry: a shorter folder\n"},
		"matches": {
			localapi.Fail(localapi.Ambiguous, "two are called bakery").Among("bakery (aaaaaaaa)", "bakery (bbbbbbbb)").Hint("byway proffer aaaaaaaa"),
			"byway: two are called bakery\n  bakery (aaaaaaaa)\n  bakery (bbbbbbbb)\ntry: byway proffer aaaaaaaa\n",
		},
		"usage": {&usageError{err: errors.New("WHO is missing"), try: "byway proffer --help"}, "byway: WHO is missing\ntry: byway proffer --help\n"},
	} {
		var out bytes.Buffer
		(&app{errs: &out}).complain(c.err)
		if out.String() != c.want {
			t.Errorf("%s: got %q, want %q", name, out.String(), c.want)
		}
	}
}
