package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// What a node may grow to before the garbage collector works harder, in bytes. An
// operator's GOMEMLIMIT comes first.
const (
	homeMemory = 300 << 20
	shopMemory = 2 << 30
)

// A ready is what up says once the node runs, as --json prints it.
type ready struct {
	Pid       int64    `json:"pid"`
	Dir       string   `json:"dir"`
	Socket    string   `json:"socket"`
	Party     string   `json:"party"`
	Name      string   `json:"name"`
	Key       string   `json:"key"`
	PeerID    string   `json:"peer_id"`
	Addresses []string `json:"addresses"`
}

func (a *app) upCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run the node, until Ctrl-C or \"byway down\"",
		Long: `Up runs the node in the foreground. When others can reach it, it prints one line with
its socket and addresses. Without --listen it listens on this machine alone, on ports of the
system's choice. An interrupt or "byway down" closes it cleanly.`,
		Example: "  byway up\n  byway up --listen /ip4/0.0.0.0/udp/4001/quic-v1 --listen /ip4/0.0.0.0/tcp/4001\n  byway up --steward",
		Args:    exactly(),
	}
	var c node.Config
	cmd.Flags().StringArrayVar(&c.Listen, "listen", nil, "a multiaddr `ADDRESS` to listen on; give the flag once for each")
	cmd.Flags().BoolVar(&c.Steward, "steward", false, "be always on for the communities that name this node their steward")
	file := cmd.Flags().String("passphrase-file", "", "the passphrase that seals the root is the first line of `FILE` (default $"+passphraseFile+", else it is asked for)")
	level := cmd.Flags().String("log-level", "info", "log to standard error from this level on: `debug|info|warn|error`")
	choice(cmd, "log-level", "debug", "info", "warn", "error")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var l slog.Level
		if err := l.UnmarshalText([]byte(*level)); err != nil {
			return usagef(cmd, "log level %q isn't debug, info, warn or error", *level)
		}
		c.Passphrase = a.asker("", *file)
		c.Log = slog.New(slog.NewTextHandler(a.errs, &slog.HandlerOptions{Level: l}))
		return a.up(cmd.Context(), c)
	}
	return cmd
}

// up runs a node until ctx ends or its owner asks it to close.
func (a *app) up(ctx context.Context, c node.Config) (err error) {
	if c.Dir, err = a.folder(); err != nil {
		return err
	}
	if err := a.startable(ctx, c.Dir); err != nil {
		return err
	}
	n, err := node.New(c)
	if errors.Is(err, node.ErrConfig) {
		return badConfig(err)
	}
	if err != nil {
		return err
	}
	twin := copiedFrom(c.Dir)
	if err := n.Start(ctx); err != nil {
		return a.heldBy(err)
	}
	if twin > 0 { // nobody else has this folder itself: Start claimed it
		var p page
		p.line("! %s is a copy of the folder of a node that runs, pid %d: stop one of the two for good, since two that sign as one party are taken for a theft", c.Dir, twin)
		_, _ = a.errs.Write([]byte(p.String())) // a warning: where it fails there is nobody to tell
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	r, err := readiness(ctx, c.Dir)
	if err != nil {
		return err
	}
	if a.env("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryOf(r))
	}
	if err := a.showOwn(func(p *page) { p.line("%s", r) }, r); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-n.Asked():
	}
	return nil
}

func memoryOf(r ready) int64 {
	if r.Party == "organisation" {
		return shopMemory
	}
	return homeMemory
}

// startable refuses a folder in which there is no node yet, whose words init has to show, in which a node
// runs, or whose store is gone: begun anew a shop would say again, under one key, what it said before.
func (a *app) startable(ctx context.Context, dir string) error {
	if err := node.CutOff(dir); err != nil {
		return err
	}
	if !node.Initialised(dir) {
		return &hintedError{err: fmt.Errorf("no node in %s yet", dir), try: a.line("init --person") + ", or " + a.line("init --shop NAME")}
	}
	if _, err := os.Stat(filepath.Join(dir, storeFolder)); errors.Is(err, fs.ErrNotExist) {
		return &hintedError{err: fmt.Errorf("the store in %s is gone, and with it all that this node said and heard", dir), try: "byway restore BACKUPDIR --dir EMPTYDIR; without a backup: byway init --words-file FILE --dir EMPTYDIR"}
	}
	c, err := localapi.Dial(ctx, dir)
	if errors.Is(err, localapi.ErrNotRunning) {
		return nil
	}
	if err != nil {
		return err
	}
	defer c.Close()
	s, err := c.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		return localapi.FailureOf(err)
	}
	return &hintedError{err: fmt.Errorf("already running, pid %d", s.GetPid()), try: a.line("status") + ", or " + a.line("down")}
}

// badConfig is for what was typed, which New refuses before it touches anything.
func badConfig(err error) error {
	text, try := splitHint(err.Error())
	if try == "" {
		try = "byway up --help"
	}
	return &usageError{err: errors.New(text), try: try}
}

// heldBy says of a folder that another process has, and whose socket doesn't answer, who
// that is: a node that is only starting, or one that hangs.
func (a *app) heldBy(err error) error {
	_, holder, found := strings.Cut(err.Error(), node.ErrLocked.Error()+" by ")
	if !errors.Is(err, node.ErrLocked) || !found {
		return err
	}
	holder, _, _ = strings.Cut(holder, ":")
	try := a.line("status --wait 10s")
	if pid, ok := strings.CutPrefix(holder, "pid "); ok {
		try += "; if it doesn't answer: kill " + pid
	}
	return &hintedError{err: fmt.Errorf("already running, %s", holder), try: try}
}

// readiness asks the node over its socket, as every other program will.
func readiness(ctx context.Context, dir string) (ready, error) {
	socket, err := localapi.SocketPath(dir)
	if err != nil {
		return ready{}, err
	}
	c, err := localapi.Dial(ctx, dir)
	if err != nil {
		return ready{}, err
	}
	defer c.Close()
	s, err := c.Node.Status(ctx, &localv1.StatusRequest{})
	if err != nil {
		return ready{}, localapi.FailureOf(err)
	}
	return ready{
		Pid: s.GetPid(), Dir: s.GetDir(), Socket: socket, Party: s.GetParty(), Name: s.GetName(), Key: s.GetKey(),
		PeerID: s.GetPeerId(), Addresses: append([]string{}, s.GetAddresses()...),
	}, nil
}

// String is the line for people.
func (r ready) String() string {
	return fmt.Sprintf("ready: pid %d, socket %s, addresses %s", r.Pid, r.Socket, strings.Join(r.Addresses, " "))
}
