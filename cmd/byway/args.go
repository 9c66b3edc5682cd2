package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// exactly takes one argument for each name, and says by name which is missing.
func exactly(names ...string) cobra.PositionalArgs { return between(len(names), names...) }

// between takes the first least of the named arguments, and the others if they are there.
func between(least int, names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return fmt.Errorf("%s is missing", strings.Join(names[len(args):least], " "))
		case len(args) > len(names) && cmd.HasSubCommands():
			return unknownCommand(cmd, args[0])
		case len(args) > len(names):
			return fmt.Errorf("%q is one argument too many", args[len(names)])
		}
		return nil
	}
}

// A lapse is a flag's length of time: what time.ParseDuration reads, and days as "3d".
type lapse time.Duration

func (l *lapse) String() string {
	d := time.Duration(*l)
	if d >= 48*time.Hour && d%(24*time.Hour) == 0 {
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// maxDays is what fits a time.Duration, and more than any expiry may be.
const maxDays = 36500

func (l *lapse) Set(s string) error {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > maxDays {
			return fmt.Errorf("%q isn't a number of days up to %d", s, maxDays)
		}
		*l = lapse(n) * lapse(24*time.Hour)
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return fmt.Errorf("%q isn't a length of time such as 90s, 15m, 24h or 3d", s)
	}
	*l = lapse(d)
	return nil
}

func (l *lapse) Type() string { return "TIME" }

func (l *lapse) seconds() int64 { return int64(time.Duration(*l) / time.Second) }
func (l *lapse) ms() int64      { return time.Duration(*l).Milliseconds() }

// lapseFlag adds a flag for a length of time.
func lapseFlag(cmd *cobra.Command, name, usual, usage string) *lapse {
	l := new(lapse)
	if usual != "" {
		_ = l.Set(usual) // written here in the program; a test holds that each parses
	}
	cmd.Flags().Var(l, name, usage)
	return l
}

// A day is a flag's point in time: a date, whose midnight is meant by the reader's
// clock, or an RFC 3339 time.
type day struct{ t time.Time }

func (d *day) String() string {
	if d.t.IsZero() {
		return ""
	}
	return d.t.Format(time.RFC3339)
}

func (d *day) Set(s string) error {
	t, err := time.ParseInLocation(time.DateOnly, s, time.Local)
	if err != nil {
		if t, err = time.Parse(time.RFC3339, s); err != nil {
			return fmt.Errorf("%q isn't a date such as 2027-03-31, nor a time as in RFC 3339", s)
		}
	}
	d.t = t
	return nil
}

func (d *day) Type() string { return "DATE" }

func (d *day) wire() *timestamppb.Timestamp {
	if d.t.IsZero() {
		return nil
	}
	return timestamppb.New(d.t)
}
