package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
)

// The exit codes. Scripts branch on them: append-only.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitNoNode  = 3
	exitRefused = 4
	// exitInterrupted is what shells say of a program that Ctrl-C ended.
	exitInterrupted = 130
)

// usageError says that the command line makes no sense.
type usageError struct {
	err error
	try string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usagef returns a usage error that shows the way to the command's help.
func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), try: cmd.CommandPath() + " --help"}
}

func unknownCommand(cmd *cobra.Command, word string) error {
	e := &usageError{err: fmt.Errorf("no command %q in %q", word, cmd.CommandPath()), try: cmd.CommandPath() + " --help"}
	if cmd.SuggestionsMinimumDistance <= 0 {
		cmd.SuggestionsMinimumDistance = 2
	}
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		e.try = cmd.CommandPath() + " " + near[0]
	}
	return e
}

// A hintedError is one that is known here, with what to do about it.
type hintedError struct {
	err error
	try string
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }

// exitCode maps an error to the code that scripts branch on.
func exitCode(err error) int {
	var usage *usageError
	var f *localapi.Failure
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, localapi.ErrNotRunning):
		return exitNoNode
	case errors.Is(err, errRefused):
		return exitRefused
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case !errors.As(err, &f):
		return exitFailed
	}
	switch f.Kind {
	case localapi.Refused:
		return exitRefused
	case localapi.BadInput:
		return exitUsage
	case localapi.Closing:
		return exitNoNode
	}
	return exitFailed
}

// errRefused is returned where what was asked for was done and the other side said no.
var errRefused = errors.New("the other side said no")

// complain tells a person what went wrong, and what to try.
func (a *app) complain(err error) {
	text, try := splitHint(err.Error())
	var matches []string
	var usage *usageError
	var hinted *hintedError
	var f *localapi.Failure
	switch {
	case errors.As(err, &usage):
		try = usage.try
	case errors.As(err, &hinted):
		try = hinted.try
	case errors.As(err, &f):
		matches = f.Matches
		if f.Try != "" {
			text, try = f.Text, f.Try // its text may have hints of its own, one for each line of a file
		}
	}
	if try == "" {
		try = usualTry(err)
	}
	var p page
	p.line("byway: %s", text)
	for _, m := range matches {
		p.line("  %s", m)
	}
	if try != "" {
		p.line("try: %s", a.here(try))
	}
	_, _ = a.errs.Write([]byte(p.String())) // where it fails there is nobody to tell
}

// usualTry says what helps where the same goes wrong in several commands; "" where nothing is known to.
func usualTry(err error) string {
	switch {
	case errors.Is(err, node.ErrWords):
		return "the 24 words as they were shown, in that order; their numbers may stand before them"
	case errors.Is(err, syscall.EROFS):
		return "a folder that you may write to"
	case errors.Is(err, fs.ErrPermission):
		return "a folder that is yours, or as the user whose it is"
	}
	return ""
}

// splitHint takes the hint off the end of an error's text: "…; try: this", "… (try: this)".
func splitHint(text string) (what, try string) {
	i := strings.LastIndex(text, "try: ")
	if i < 0 {
		return text, ""
	}
	what, try = text[:i], text[i+len("try: "):]
	if strings.HasSuffix(what, "(") {
		try = strings.TrimSuffix(try, ")")
	}
	return strings.TrimRight(what, " ;,(\n"), try
}
