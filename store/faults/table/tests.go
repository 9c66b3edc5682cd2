package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/bywaynet/byway/store/faults"
)

// tests are the drills that need a whole node, a verifier or a clock of their own: tests of
// their packages, which go to their full size by the environment.
func tests(full bool) []drill {
	var out []drill
	for _, t := range []test{
		{
			"clock jumps: lost / refused", "./store/faults", "TestAClockThatJumpsLosesAndRefusesNothing",
			"0 / 0", "the clock must have jumped, or it fails",
		},
		{
			"damaged record that a counterparty holds refetched", "./node", "TestADamagedRecordThat.*|TestADamagedRecordIs.*",
			"all", "the other side away: some gone, or it fails",
		},
		{
			"restore drills on a bare folder", "./node", "TestWhatWasLostComesBackFromTheWordsABackupAndTheCounterparty|TestADrillWithoutTheOtherSideOrTheBackupBringsNotAllBack",
			"all back; all resumed", "the other side away, then the words alone: some missing, or it fails",
		},
		{
			"erased field found again on a disk", "./store/vault", "TestAForgottenFieldIsFoundNowhere",
			"0", "keys put back: all found, or it fails",
		},
		{
			"erased field found again over a long life", "./store/vault", "TestALongLifeLeavesNothingBehind",
			"0", "keys put back: all found, or it fails",
		},
		{
			"erased field found again in backups", "./node", "TestWhatIsForgottenIsInNoBackupThatIsReached",
			"0", "a copy from before shows it, or it fails",
		},
		{
			"bundle with one byte changed accepted", "./protocol/verify", "TestABundleWithAnyByteChangedIsRefused|TestABundleChangedAndSummedAnewIsRefused|TestABundleChangedIsTakenByAReaderThatChecksNothing",
			"0", "checksum and signatures unchecked: many accepted, or it fails",
		},
		{
			"files readable by another user", "./node", "TestNothingThatANodeMakesIsReadableByOthers|TestWhatIsMadeWithoutCareIsReadableByOthers",
			"0", "files made without care: found, or it fails",
		},
	} {
		out = append(out, drill{t.figure, func(ctx context.Context, _ string) (faults.Result, error) { return t.run(ctx, full) }})
	}
	return out
}

// test is a drill that go test runs.
type test struct{ figure, pkg, name, hold, control string }

var (
	passed = regexp.MustCompile(`(?m)^( *)--- PASS: `)
	failed = regexp.MustCompile(`(?m)^ *--- FAIL: .*`)
	logged = regexp.MustCompile(`(?m)^ +\w+_test\.go:\d+: (.*)$`)
)

func (t test) run(ctx context.Context, full bool) (faults.Result, error) {
	r := faults.Result{Hold: t.hold, Control: t.control}
	c := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=3h", "-v", "-run=^("+t.name+")$", t.pkg)
	if full {
		c.Env = append(os.Environ(), "FULL=1")
	}
	text, err := c.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return r, err
	}
	out := string(text)
	all := passed.FindAllStringSubmatch(out, -1)
	parts := 0
	for _, p := range all {
		if p[1] != "" {
			parts++
		}
	}
	if r.Runs = len(all); parts > 0 {
		r.Runs = parts
	}
	bad := failed.FindAllString(out, -1)
	if r.Failed = err != nil || r.Runs == 0; r.Failed {
		r.Got = fmt.Sprintf("%d failed, %d passed: %s", len(bad), len(all), strings.Join(bad, "; "))
		return r, nil
	}
	for _, name := range strings.Split(t.name, "|") {
		if !regexp.MustCompile(`(?m)^--- PASS: (` + name + `) `).MatchString(out) { // a control that isn't run controls nothing
			r.Failed, r.Got = true, "no test "+name
			return r, nil
		}
	}
	r.Got = fmt.Sprintf("%d passed", r.Runs)
	if said := logged.FindAllStringSubmatch(out, -1); len(said) > 0 {
		r.Got = said[len(said)-1][1]
	}
	return r, nil
}
