package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
)

// open starts a node on loopback, until the test ends.
func open(t *testing.T, c node.Config) *node.Node {
	t.Helper()
	c.Dir = folder(t)
	n, err := node.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// folder is one whose control socket's path is short enough.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "byway") //nolint:usetesting // the path of a test's own folder may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// lines hands on what a program logs, line by line.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

// wait returns once a line with all the words was logged.
func (l lines) wait(ctx context.Context, t *testing.T, words ...string) {
	t.Helper()
	for {
		select {
		case line := <-l:
			missing := false
			for _, w := range words {
				missing = missing || !strings.Contains(line, w)
			}
			if !missing {
				return
			}
		case <-ctx.Done():
			t.Fatalf("nothing was logged with %q", words)
		}
	}
}

func TestTheBakeryAnswersFromItsHandler(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	invite, err := open(t, node.Config{Organisation: "The Steward", Steward: true}).Found(ctx, "market")
	if err != nil {
		t.Fatal(err)
	}
	logged, ended := make(lines, 100), make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	defer stop()
	dir := folder(t)
	go func() { ended <- run(running, dir, invite, slog.New(slog.NewTextHandler(logged, nil))) }()
	logged.wait(ctx, t, "the bakery is open")

	alice := open(t, node.Config{})
	if err := alice.Join(ctx, invite); err != nil {
		t.Fatal(err)
	}
	bread, err := node.ParseCategory("food/bread")
	if err != nil {
		t.Fatal(err)
	}
	cast, err := alice.Cast(ctx, node.Wish{Category: bread, Text: "loaves for a party", Quantity: 3})
	if err != nil {
		t.Fatal(err)
	}
	offers, err := alice.Offers(ctx, cast.ID, 1)
	if err != nil {
		t.Fatalf("no offer: %v", err)
	}
	if o := offers[0]; o.Name != "The Bakery" || o.Price.String() != "12.60 EUR" || o.Quantity != 3 {
		t.Errorf("%s offers %d for %s, want The Bakery, 3 for 12.60 EUR", o.Name, o.Quantity, o.Price)
	}
	a, err := alice.Accept(ctx, offers[0].ID)
	if err != nil || !a.InForce {
		t.Fatalf("taking it: %q, %v", a.Words, err)
	}
	logged.wait(ctx, t, "agreed", "terms=SD-BASE", a.ID.Short())

	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopped, it ends with %v", err)
	}
}

func TestTheBakeryOpensAgainWithTheSameInvite(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	invite, err := open(t, node.Config{Organisation: "The Steward", Steward: true}).Found(ctx, "market")
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t)
	for range 2 {
		running, stop := context.WithCancel(ctx)
		logged, ended := make(lines, 100), make(chan error, 1)
		go func() { ended <- run(running, dir, invite, slog.New(slog.NewTextHandler(logged, nil))) }()
		logged.wait(ctx, t, "the bakery is open")
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingIsSaidToWhatTheBakeryCantDo(t *testing.T) {
	for name, i := range map[string]func(*node.Intention){
		"more than the oven takes": func(i *node.Intention) { i.Quantity = oven + 1 },
		"another currency":         func(i *node.Intention) { i.Currency = "CHF" },
	} {
		var wanted node.Intention
		i(&wanted)
		if q, err := quote(t.Context(), wanted); q != nil || err != nil {
			t.Errorf("%s: offers %v, %v", name, q, err)
		}
	}
}

func TestAnInviteThatIsNoneEndsIt(t *testing.T) {
	err := run(t.Context(), folder(t), "nonsense", slog.New(slog.DiscardHandler))
	if err == nil || errors.Is(err, node.ErrMember) {
		t.Errorf("it ends with %v", err)
	}
}
