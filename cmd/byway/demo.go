package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const (
	// demoTime bounds a run. It takes a second or two: what takes longer doesn't work.
	demoTime = time.Minute
	// demoProgress is how often somebody who waits is told for what.
	demoProgress = 2 * time.Second
)

func (a *app) demoCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch a whole market at work on this machine",
		Long: `Demo runs a steward, three shops and two persons on this machine alone: six real nodes,
each with a folder and keys of its own, that talk over real sockets. One person casts what she
looks for and takes an offer; the other proffers his terms to two shops. Then it compares what
both sides of each agreement export, byte for byte, and verifies it.

It takes a few seconds. The exported agreements stay in a temporary folder, the nodes' folders
are removed. It fails if anything differs between the two sides.`,
		Example: "  byway demo\n  byway demo --keep\n  byway demo --json",
		Args:    exactly(),
	}
	keep := cmd.Flags().Bool("keep", false, "leave the nodes' folders, to look into them")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), demoTime)
		defer cancel()
		return a.demo(ctx, *keep)
	}
	return cmd
}

// demo plays the demo, takes everything down, and only then says how it ended.
func (a *app) demo(ctx context.Context, keep bool) error {
	dir, err := demoFolder()
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	d := &demo{dir: dir, began: time.Now(), story: a.out, errs: a.errs, check: a.verifyDemo}
	if a.json {
		d.story = a.errs // standard output is for programs
	}
	err = d.play(ctx)
	d.sum.ElapsedMS = time.Since(d.began).Milliseconds()
	err = errors.Join(err, d.close(keep))
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("stopped before the end, with all nodes closed: %w", err)
	}
	if d.sum.Agreements != nil {
		err = errors.Join(err, a.showOwn(func(p *page) { d.endPage(p, keep) }, d.sum))
	}
	return err
}

// demoFolder makes the demo's folder, where the path of a node's socket in it is short enough.
func demoFolder() (string, error) {
	const (
		pattern = "byway-demo-"
		longest = 60 // bytes: a socket's path may have 100, and ours add less than 40
		short   = "/tmp"
	)
	if len(os.TempDir()) > longest {
		if dir, err := os.MkdirTemp(short, pattern); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp("", pattern)
}

// verifyDemo is what "byway verify" does with a file: it returns the id of the agreement
// that the file proves.
func (a *app) verifyDemo(name string) (id string, err error) {
	b, err := a.readFile(name)
	if err != nil {
		return "", err
	}
	f, err := a.verify(b)
	if err != nil {
		return "", fmt.Errorf("%s is refused: %s", name, refusal(err))
	}
	if !f.Complete {
		return "", fmt.Errorf("%s is signed, but by one side alone", name)
	}
	return f.Thread.String(), nil
}

// A demo is one run, with what came of it.
type demo struct {
	dir   string
	began time.Time
	story io.Writer // what happens, for people
	errs  io.Writer // that it goes on, where it takes long
	check func(file string) (id string, err error)

	running                []*actor
	persons, organisations []*actor
	sum                    demoSummary
	try                    string // the file that the last line verifies
}

// A demoSummary is how the demo ended, as --json prints it.
type demoSummary struct {
	Agreements []demoAgreement `json:"agreements"`
	// Accepted and Alternative add up to the number of agreements.
	Accepted    int   `json:"accepted"`
	Alternative int   `json:"alternative"`
	Declined    int   `json:"declined"`
	Casts       int   `json:"casts"`
	Offers      int   `json:"offers"`
	ElapsedMS   int64 `json:"elapsed_ms"`
}

// say tells what happened, and when.
func (d *demo) say(format string, args ...any) {
	d.sayAt(fmt.Sprintf("%5d ms", time.Since(d.began).Milliseconds()), format, args...)
}

// more adds to what was just told.
func (d *demo) more(format string, args ...any) { d.sayAt("", format, args...) }

func (d *demo) sayAt(at, format string, args ...any) {
	line := fmt.Sprintf("%8s  %s", at, plain(fmt.Sprintf(format, args...)))
	_, _ = fmt.Fprintln(d.story, strings.TrimRight(line, " ")) // where it fails, so does the summary, which says so
}

// during runs f, and says again and again for what somebody waits who watches.
func (d *demo) during(ctx context.Context, what string, f func(context.Context) error) error {
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	tick := time.NewTicker(demoProgress)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			return nil
		case <-tick.C:
			_, _ = fmt.Fprintf(d.errs, "… still at it after %d s: %s\n", int(time.Since(d.began).Seconds()), what)
		}
	}
}

// close closes the nodes, the last started first, and removes their folders unless keep.
func (d *demo) close(keep bool) error {
	var errs []error
	for i := len(d.running) - 1; i >= 0; i-- {
		n := d.running[i]
		if err := n.Close(); err != nil {
			errs = append(errs, fmt.Errorf("close the node of %s: %w", n.name, err))
		}
		if !keep {
			errs = append(errs, os.RemoveAll(filepath.Join(d.dir, n.folder)))
		}
	}
	if !keep {
		_ = os.Remove(d.dir) // fails where agreements are in it, which stay
	}
	return errors.Join(errs...)
}
