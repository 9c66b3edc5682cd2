package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func main() {
	keepToMyself()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	a := &app{in: os.Stdin, out: os.Stdout, errs: os.Stderr, env: os.Getenv, now: time.Now}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// An app is one run of the program, with what a test replaces.
type app struct {
	in        io.Reader
	out, errs io.Writer
	env       func(string) string
	now       func() time.Time

	dir  string // --dir
	json bool   // --json
	ran  bool   // a command's own code began: what fails before it is a usage error
}

// run runs one command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root() //nolint:contextcheck // each command gets it from ExecuteContext
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	var usage *usageError
	switch {
	case !a.ran && !errors.As(err, &usage):
		err = &usageError{err: inWords(err), try: cmd.CommandPath() + " --help"}
	case interrupted(ctx, err):
		err = errInterrupted
	}
	a.complain(err)
	return exitCode(err)
}

// The groups of commands, in the order in which somebody new needs them.
const (
	groupNode   = "node"
	groupTerms  = "terms"
	groupSelf   = "self"
	groupPeople = "people"
	groupCast   = "cast"
	groupShop   = "shop"
)

func (a *app) root() *cobra.Command {
	cobra.EnableCommandSorting = false // the order below tells the story
	root := &cobra.Command{
		Use:   "byway",
		Short: "A node of your own, in a market off the Web",
		Long: `Byway runs a node of your own and steers it: a person says what she wants, on her
terms, and keeps the proof; a shop hears, answers, and is bound by what it signs.

Start with "byway init", then "byway up". Most commands talk to the node that is running
in the folder of --dir. Exit codes: 0 done, 1 failed, 2 usage, 3 no node running, 4 refused
by the other side, 130 interrupted. With --json every result is one JSON object a line.`,
		Example:               "  byway init --person && byway up\n  byway terms SD-BASE",
		SilenceErrors:         true,
		SilenceUsage:          true,
		DisableFlagsInUseLine: true,
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.errs)
	root.PersistentFlags().StringVar(&a.dir, "dir", "", "the node's `FOLDER` (default $BYWAY_DIR, else $XDG_DATA_HOME/byway, else ~/.local/share/byway)")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print results as JSON, one object a line")
	root.AddGroup(
		&cobra.Group{ID: groupNode, Title: "Your node:"},
		&cobra.Group{ID: groupTerms, Title: "Terms and agreements:"},
		&cobra.Group{ID: groupSelf, Title: "Your own data:"},
		&cobra.Group{ID: groupPeople, Title: "Who you deal with:"},
		&cobra.Group{ID: groupCast, Title: "Looking for something:"},
		&cobra.Group{ID: groupShop, Title: "Selling:"},
	)
	root.SetHelpCommandGroupID(groupNode)
	root.SetCompletionCommandGroupID(groupNode)
	addTo(root, groupNode, a.initCmd(), a.upCmd(), a.downCmd(), a.statusCmd(), a.backupCmd(), a.restoreCmd(), a.storeCmd(), a.sealCmd(), a.wordsCmd(), a.demoCmd(), a.versionCmd())
	addTo(root, groupTerms, a.termsCmd(), a.preferCmd(), a.policyCmd(), a.profferCmd(), a.inboxCmd(), a.decideCmd(), a.agreementsCmd(), a.verifyCmd(), a.viewCmd())
	addTo(root, groupSelf, a.meCmd(), a.proveCmd(), a.forgetCmd())
	addTo(root, groupPeople, a.meetCmd(), a.contactsCmd(), a.nameCmd(), a.communityCmd(), a.findCmd())
	addTo(root, groupCast, a.castCmd(), a.castsCmd(), a.withdrawCmd(), a.offersCmd(), a.acceptCmd())
	addTo(root, groupShop, a.catalogCmd(), a.intentionsCmd(), a.offerCmd())
	a.parent(root)
	a.mark(root)
	return root
}

func addTo(root *cobra.Command, group string, cmds ...*cobra.Command) {
	for _, c := range cmds {
		c.GroupID = group
		root.AddCommand(c)
	}
}

// parent makes c, which has subcommands alone, name the nearest one when it gets another word.
func (a *app) parent(c *cobra.Command) *cobra.Command {
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return unknownCommand(cmd, args[0])
	}
	return c
}

// mark notes, in every command below c, that its own code began.
func (a *app) mark(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			a.ran = true
			return run(cmd, args)
		}
	}
	for _, sub := range c.Commands() {
		a.mark(sub)
	}
}
