package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/bywaynet/byway/node/localapi"
)

// folder returns the folder of the node that this run is about, made absolute.
func (a *app) folder() (string, error) {
	dir := a.dir
	if dir == "" {
		dir = a.env("BYWAY_DIR")
	}
	if dir == "" {
		if data := a.env("XDG_DATA_HOME"); filepath.IsAbs(data) {
			dir = filepath.Join(data, "byway")
		}
	}
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find a folder for the node: %w; try: give one with --dir", err)
		}
		dir = filepath.Join(home, ".local", "share", "byway")
	}
	return filepath.Abs(dir)
}

// withNode calls f with a client of the running node. What f returns of the node's
// errors comes back as a *localapi.Failure.
func (a *app) withNode(ctx context.Context, f func(context.Context, *localapi.Client) error) error {
	dir, err := a.folder()
	if err != nil {
		return err
	}
	c, err := localapi.Dial(ctx, dir)
	if errors.Is(err, localapi.ErrNotRunning) {
		return &hintedError{err: fmt.Errorf("%w in %s", localapi.ErrNotRunning, dir), try: a.wayUp(dir)}
	}
	if interrupted(ctx, err) {
		return fmt.Errorf("%w; nothing was sent", errInterrupted)
	}
	if err != nil {
		return err
	}
	defer c.Close()
	if err = f(ctx, c); err == nil {
		return nil
	}
	var usage *usageError
	if errors.As(err, &usage) || errors.Is(err, errRefused) {
		return err
	}
	return localapi.FailureOf(err)
}

// wayUp says how to get a node running in dir.
func (a *app) wayUp(dir string) string {
	up := a.line("up") + " in another window"
	if _, err := os.Stat(dir); err != nil {
		return a.line("init --person") + ", then " + up
	}
	return up
}

// line writes the command line that has that command work on the same folder.
func (a *app) line(command string) string { return "byway " + command + a.inDir() }

// inDir is the flag that has another command work on the same folder; "" where none is needed.
func (a *app) inDir() string {
	if a.dir == "" {
		return ""
	}
	return " --dir " + quoted(a.dir)
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if strings.ContainsAny(word, " \t'\"$") {
		return strconv.Quote(word)
	}
	return word
}

// anyLine finds command lines in a hint. One in backticks is to be typed elsewhere.
var anyLine = regexp.MustCompile("(^|[^`])byway [^,;`&]*[^,;`& ]")

// here has each command line of a hint work on the same folder, where it needs one.
func (a *app) here(hint string) string {
	return anyLine.ReplaceAllStringFunc(hint, func(line string) string {
		if strings.Contains(line, " --dir") || strings.HasSuffix(line, "--help") || strings.Contains(line, "byway terms") || strings.Contains(line, "byway verify") {
			return line
		}
		return line + a.inDir()
	})
}
