// Program byway-verify checks a signed record or a bundle of evidence on Go's standard library alone.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bywaynet/byway/protocol/verify"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout, time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "byway-verify:", err)
		os.Exit(exitCode(err))
	}
}

// exitCode is 2 for a command line that makes no sense, as byway's is, else 1.
func exitCode(err error) int {
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}

// maxFile is more than any bundle has, in bytes: what is larger is refused unread.
const maxFile = 9 << 20

const usage = "usage: byway-verify FILE [TIME], such as: byway-verify bread.evidence 2026-11-24T12:00:00Z; FILE can be - for standard input"

var errUsage = errors.New(usage)

const help = usage + `

It reads a signed record (.byway) or a bundle of evidence (.evidence), checks every signature in it,
and says in words what it proves. TIME is when delegations have to hold, now where it isn't given.
It needs no node and no network. It ends with 0 for a genuine file, 1 for one that is refused or can't
be read, 2 for a command line that makes no sense. A file whose name begins with a dash: ./-FILE
`

// run checks the file that args names and writes what it proves.
func run(args []string, in io.Reader, out io.Writer, at time.Time) (err error) {
	switch {
	case len(args) == 1 && slices.Contains([]string{"-h", "-help", "--help", "help"}, args[0]):
		_, err = io.WriteString(out, help)
		return err
	case len(args) < 1, len(args) > 2, args[0] != "-" && strings.HasPrefix(args[0], "-"):
		return errUsage
	}
	if len(args) == 2 {
		if at, err = time.Parse(time.RFC3339, args[1]); err != nil {
			return errUsage
		}
	}
	if args[0] != "-" {
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxFile))
	if err != nil {
		return err
	}
	read := verify.Record
	if strings.HasPrefix(string(b), "byway-ev") {
		read = verify.Bundle
	}
	r, err := read(b, at)
	if err != nil {
		return fmt.Errorf("%s is refused: %w", args[0], err)
	}
	lines := append([]string{"genuine: every signature in it fits every byte", ""}, r.Says...)
	for _, f := range r.Faults {
		lines = append(lines, "! "+f)
	}
	_, err = fmt.Fprintf(out, "%s\n\nA file shows what was signed, not what came after. A name in it is a claim: the key is what is proved.\n", strings.Join(lines, "\n"))
	return err
}
