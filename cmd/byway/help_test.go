package main

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/protocol/terms"
)

func quietRoot() *cobra.Command {
	return (&app{in: strings.NewReader(""), out: io.Discard, errs: io.Discard, env: func(string) string { return "" }}).root()
}

// ours are the commands of the program, but for those that cobra adds.
func ours(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.Name() != "help" && sub.Name() != "completion" {
			all = append(append(all, sub), ours(sub)...)
		}
	}
	return all
}

func TestEveryCommandExplainsItself(t *testing.T) {
	root := quietRoot()
	for _, c := range ours(root) {
		if c.Short == "" || c.Long == "" || c.Example == "" {
			t.Errorf("%s lacks a short or long text, or an example", c.CommandPath())
		}
		if strings.HasSuffix(c.Short, ".") || !strings.HasSuffix(strings.TrimSpace(c.Long), ".") && !strings.Contains(c.Long, "\n\n") {
			t.Errorf("%s: its short text ends with a stop, or its long one without", c.CommandPath())
		}
		if c.Parent() == root && !root.ContainsGroup(c.GroupID) {
			t.Errorf("%s is in no group", c.CommandPath())
		}
	}
}

// An example that doesn't parse teaches a mistake.
func TestEveryExampleParses(t *testing.T) {
	for _, c := range ours(quietRoot()) {
		for line := range strings.Lines(c.Example) {
			for part := range strings.SplitSeq(line, "&&") {
				words := shellWords(part)
				if len(words) == 0 || words[0] != "byway" {
					t.Errorf("%s: example %q doesn't begin with byway", c.CommandPath(), part)
					continue
				}
				parses(t, words[1:])
			}
		}
	}
}

func parses(t *testing.T, words []string) {
	t.Helper()
	root := quietRoot()
	cmd, args, err := root.Find(words)
	if err != nil || cmd == root {
		t.Errorf("example %q: no such command (%v)", words, err)
		return
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Errorf("example %q: %v", words, err)
		return
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		t.Errorf("example %q: %v", words, err)
	}
	if err := cmd.ValidateRequiredFlags(); err != nil {
		t.Errorf("example %q: %v", words, err)
	}
}

// shellWords splits a line at spaces outside of double quotes, up to a pipe, a
// redirection or a remark.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(strings.TrimSpace(line), "\"") {
		if quoted := i%2 == 1; quoted {
			words = append(words, part)
			continue
		}
		for _, w := range strings.Fields(part) {
			if slices.Contains([]string{"|", "<", ">", "#"}, w) {
				return words
			}
			words = append(words, w)
		}
	}
	return words
}

// Terms that help names are on the roster.
func TestHelpNamesTermsThatThereAre(t *testing.T) {
	name := regexp.MustCompile(`\b(?:SD|PDC)-[A-Z0-9-]*[A-Z0-9]`)
	for _, c := range ours(quietRoot()) {
		for _, id := range name.FindAllString(c.Long+c.Example, -1) {
			if _, ok := terms.Default().Lookup(id); !ok {
				t.Errorf("%s: no terms %s on the roster", c.CommandPath(), id)
			}
		}
	}
}

// Flags whose usage names a choice complete it.
func TestEveryChoiceIsCompleted(t *testing.T) {
	for _, c := range ours(quietRoot()) {
		for _, name := range []string{"apply", "off-list", "otherwise", "from", "state", "condition", "format", "answer"} {
			f := c.Flags().Lookup(name)
			if f == nil || !strings.Contains(f.Usage, "|") {
				continue
			}
			if _, ok := c.GetFlagCompletionFunc(name); !ok {
				t.Errorf("%s --%s isn't completed", c.CommandPath(), name)
			}
		}
	}
}
