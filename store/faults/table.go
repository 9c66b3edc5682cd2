package faults

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Result is what one drill came to.
type Result struct {
	// Figure says what was counted.
	Figure string
	// Runs is how often the drill ran; Acknowledged how many writes its children told of.
	Runs, Acknowledged int
	// Got is what was found, in words; Hold what must be.
	Got, Hold string
	// Failed says that Got breaks Hold.
	Failed bool
	// Control says what was taken away, and what was lost then.
	Control string
	// Skipped says why the drill can't run here; empty where it ran.
	Skipped string
}

// Outcome is Got, with what makes it count or not.
func (r Result) Outcome() string {
	switch {
	case r.Skipped != "":
		return "skipped: " + r.Skipped
	case r.Failed:
		return r.Got + " FAILED"
	}
	return r.Got
}

// Print writes the table of all results.
func Print(w io.Writer, rs []Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(t, "figure\truns\tacknowledged\tgot\thold\tcontrol"); err != nil {
		return err
	}
	for _, r := range rs {
		if _, err := fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\t%s\n", r.Figure, r.Runs, r.Acknowledged, r.Outcome(), r.Hold, r.Control); err != nil {
			return err
		}
	}
	return t.Flush()
}
