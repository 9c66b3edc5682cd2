// Program table runs every drill of the tree and prints what came of it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/bywaynet/byway/store/faults"
)

func main() {
	faults.Child()
	full := flag.Bool("full", false, "as often as it takes to believe the figures, rather than what CI can bear")
	only := flag.String("only", "", "run the drills alone whose `figures` match this regular expression")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok, err := run(ctx, os.Stdout, *full, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
	}
	if err != nil || !ok {
		os.Exit(1) //nolint:forbidigo // this is the program
	}
}

// run runs the drills that match only, each in a folder that is gone afterwards, says on the way what
// came of each, and reports whether all held.
func run(ctx context.Context, out io.Writer, full bool, only string) (ok bool, err error) {
	match, err := regexp.Compile(only)
	if err != nil {
		return false, fmt.Errorf("-only: %w", err)
	}
	ok = true
	var rs []faults.Result
	for _, d := range append(drills(full), tests(full)...) {
		if !match.MatchString(d.figure) {
			continue
		}
		began := time.Now()
		r, err := inFolder(ctx, d)
		if r.Figure = d.figure; err != nil {
			r.Failed, r.Got = true, err.Error()
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		ok = ok && !r.Failed
		rs = append(rs, r)
		fmt.Fprintf(os.Stderr, "faults: %s: %s (%s)\n", r.Figure, r.Outcome(), time.Since(began).Round(time.Second))
	}
	if len(rs) == 0 {
		return false, fmt.Errorf("no figure matches %q", only)
	}
	return ok, faults.Print(out, rs)
}

// drill is what one figure comes of.
type drill struct {
	figure string
	run    func(ctx context.Context, dir string) (faults.Result, error)
}

func inFolder(ctx context.Context, d drill) (faults.Result, error) {
	dir, err := os.MkdirTemp("", "byway-faults-")
	if err != nil {
		return faults.Result{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left over is in the system's own folder for that
	return d.run(ctx, dir)
}

// drills are those that break a store.
func drills(full bool) []drill {
	n := func(ci, all int) int {
		if full {
			return all
		}
		return ci
	}
	type result = faults.Result
	return []drill{
		{"acknowledged records lost over kill -9", func(ctx context.Context, dir string) (result, error) { return faults.Kill(ctx, dir, n(50, 1000)) }},
		{"acknowledged records lost over power cuts", func(ctx context.Context, dir string) (result, error) { return faults.Power(ctx, dir, n(10, 200)) }},
		{"full disk: deaths / lost / slowest start when full", func(ctx context.Context, dir string) (result, error) { return faults.Full(ctx, dir, n(3, 20)) }},
		{"acknowledgements after the first injected error", func(ctx context.Context, dir string) (result, error) { return faults.Sync(ctx, dir, 0) }},
		{"bit flips + truncations: silent losses / wrong bytes served", func(ctx context.Context, dir string) (result, error) {
			return faults.Damage(ctx, dir, n(100, 1000), n(20, 200))
		}},
	}
}
