// Program table runs every drill of the tree and prints what came of it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/bywaynet/byway/store/faults"
)

func main() {
	faults.Child()
	full := flag.Bool("full", false, "as often as it takes to believe the figures, rather than what CI can bear")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok, err := run(ctx, os.Stdout, *full)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
	}
	if err != nil || !ok {
		os.Exit(1) //nolint:forbidigo // this is the program
	}
}

// run runs all drills, each in a folder that is gone afterwards, and reports whether all held.
func run(ctx context.Context, out io.Writer, full bool) (ok bool, err error) {
	ok = true
	var rs []faults.Result
	for _, drill := range append(drills(full), tests(full)...) {
		r, err := inFolder(ctx, drill)
		if err != nil {
			r.Failed, r.Got = true, err.Error()
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		ok = ok && !r.Failed
		rs = append(rs, r)
	}
	return ok, faults.Print(out, rs)
}

type drill func(ctx context.Context, dir string) (faults.Result, error)

func inFolder(ctx context.Context, d drill) (faults.Result, error) {
	dir, err := os.MkdirTemp("", "byway-faults-")
	if err != nil {
		return faults.Result{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left over is in the system's own folder for that
	return d(ctx, dir)
}

// drills are those that break a store.
func drills(full bool) []drill {
	n := func(ci, all int) int {
		if full {
			return all
		}
		return ci
	}
	return []drill{
		func(ctx context.Context, dir string) (faults.Result, error) {
			return faults.Kill(ctx, dir, n(50, 1000))
		},
		func(ctx context.Context, dir string) (faults.Result, error) {
			return faults.Power(ctx, dir, n(10, 200))
		},
		func(ctx context.Context, dir string) (faults.Result, error) { return faults.Full(ctx, dir, n(3, 20)) },
		func(ctx context.Context, dir string) (faults.Result, error) { return faults.Sync(ctx, dir, 0) },
		func(ctx context.Context, dir string) (faults.Result, error) {
			return faults.Damage(ctx, dir, n(100, 1000), n(20, 200))
		},
	}
}
