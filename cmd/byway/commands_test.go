package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func TestProfferSendsWhatWasTyped(t *testing.T) {
	d := newDesk(t)
	d.node.view = "in force"
	out, errs, code := d.typed(t.Context(), "proffer", "bakery", "--terms", "SD-BASE", "--purpose", "weekly bread",
		"--data", "name", "--data", "street, town", "--law", "EU", "--answer-by", "3d", "--wait", "2s")
	want := &localv1.ProfferRequest{
		Who: "bakery", Terms: "SD-BASE", Purpose: "weekly bread", Data: []string{"name", "street, town"}, Law: "EU",
		AnswerBySeconds: 3 * 24 * 3600, WaitMs: 2000,
	}
	if !proto.Equal(d.node.proffered, want) {
		t.Errorf("the node was asked %v, want %v", d.node.proffered, want)
	}
	if code != 0 || errs != "" || !strings.Contains(out, "state        in force\n") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
}

func TestProfferThatWasDeclinedEndsWithFour(t *testing.T) {
	d := newDesk(t)
	d.node.view, d.node.refused = "declined by the organisation: terms", true
	out, errs, code := d.typed(t.Context(), "proffer", "bakery")
	if code != exitRefused || !strings.Contains(out, "declined by the organisation") || !strings.Contains(errs, "try: ") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
}

func TestFailuresOfTheNodeReachThePerson(t *testing.T) {
	d := newDesk(t)
	d.node.fail = localapi.Fail(localapi.Ambiguous, "two are called bakery").Among("bakery (aaaaaaaa)", "bakery (bbbbbbbb)").Hint("byway proffer aaaaaaaa")
	out, errs, code := d.typed(t.Context(), "proffer", "bakery")
	want := "byway: two are called bakery\n  bakery (aaaaaaaa)\n  bakery (bbbbbbbb)\ntry: byway proffer aaaaaaaa --dir " + d.dir + "\n"
	if code != exitFailed || out != "" || errs != want {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	d.node.fail = localapi.Fail(localapi.BadInput, "no terms \"SD\"").Hint("byway terms")
	if _, _, code := d.typed(t.Context(), "proffer", "bakery"); code != exitUsage {
		t.Errorf("bad input ends with %d, want %d", code, exitUsage)
	}
}

func TestListingsHaveColumnsAndEightLetters(t *testing.T) {
	out, _, code := newDesk(t).typed(t.Context(), "contacts")
	want := "KEY       YOUR NAME  CALLS ITSELF  ACCEPTS              UNDER\n" +
		"k7mz2a4q  bakery     The Bakery    SD-BASE, SD-BASE-DP  food/bread\n" +
		"bbbbbbbb             Bäckerei\uFFFD[2J  none\n"
	if code != 0 || out != want {
		t.Errorf("exit %d, got\n%swant\n%s", code, out, want)
	}
}

func TestListingsPageToTheEnd(t *testing.T) {
	out, _, _ := newDesk(t).typed(t.Context(), "agreements", "list", "--json")
	if n := strings.Count(out, "\n"); n != 3 {
		t.Errorf("%d lines, want 3:\n%s", n, out)
	}
}

func TestExportWritesTheBytesAsHeld(t *testing.T) {
	d := newDesk(t)
	t.Chdir(t.TempDir())
	name := idHead + "gh2akisc.byway"
	out, errs, code := d.typed(t.Context(), "agreements", "export", "gh2akisc")
	got, err := os.ReadFile(name)
	if code != 0 || err != nil || string(got) != "\x00bread" || !strings.Contains(out, "byway verify "+name) {
		t.Fatalf("exit %d, %q, %q; the file has %q (%v)", code, out, errs, got, err)
	}
	if err := os.WriteFile(name, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := d.typed(t.Context(), "agreements", "export", "gh2akisc"); code != exitFailed || !strings.Contains(errs, "--force") {
		t.Errorf("over a file: exit %d, %q", code, errs)
	}
	if got, _ := os.ReadFile(name); string(got) != "mine" {
		t.Errorf("the file that was there has %q now", got)
	}
	if _, _, code := d.typed(t.Context(), "agreements", "export", "gh2akisc", "--force", "-o", filepath.Join(".", name)); code != 0 {
		t.Errorf("with --force: exit %d", code)
	}
	if out, _, _ := d.typed(t.Context(), "agreements", "export", "gh2akisc", "-o", "-"); out != "\x00bread" {
		t.Errorf("standard output has %q", out)
	}
}

func TestPolicySendsWhatWasTypedAndNoMore(t *testing.T) {
	d := newDesk(t)
	out, errs, code := d.typed(t.Context(), "policy", "SD-BASE=accept", "SD-BASE-DP=alternative:SD-BASE", "PDC-AI=otherwise", "--from", "known")
	want := &localv1.Policy{Rules: []*localv1.PolicyRule{
		{Terms: "SD-BASE", Answer: "accept"}, {Terms: "SD-BASE-DP", Answer: "alternative", Alternative: "SD-BASE"}, {Terms: "PDC-AI", Answer: "otherwise"},
	}, From: "known"}
	if !proto.Equal(d.node.policy, want) {
		t.Errorf("the node was asked %v, want %v", d.node.policy, want)
	}
	if code != 0 || !strings.Contains(out, "SD-BASE-DP  alternative:SD-BASE\n") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
}

func TestPolicyWithoutArgumentsChangesNothing(t *testing.T) {
	d := newDesk(t)
	was := &localv1.Policy{Rules: []*localv1.PolicyRule{{Terms: "SD-BASE", Answer: "ask"}}, Otherwise: "decline", From: "anyone"}
	d.node.policy = was
	if _, _, code := d.typed(t.Context(), "policy"); code != 0 || d.node.policy != was {
		t.Errorf("exit %d, the policy is %v", code, d.node.policy)
	}
}

func TestCastSendsWhatWasTyped(t *testing.T) {
	d := newDesk(t)
	out, errs, code := d.typed(t.Context(), "cast", "food/coffee", "--text", "beans", "--quantity", "2", "--unit", "kg",
		"--attr", "roast=light", "--wish", "fair", "--at-most", "20 EUR", "--to", "bakery", "--to", "k7mz2a4q", "--by", "2027-03-31")
	r := d.node.cast
	if code != 0 || r.GetCategory() != "food/coffee" || r.GetText() != "beans" || r.GetQuantity() != 2 || r.GetHighestPrice() != "20 EUR" ||
		len(r.GetTo()) != 2 || r.GetExpiresSeconds() != 3*24*3600 || r.GetNeededFrom() != nil || r.GetNeededBy() == nil {
		t.Errorf("exit %d, %q: the node was asked %v", code, errs, r)
	}
	if !strings.Contains(out, "! vendors see your address\n") || !strings.Contains(out, "byway offers gh2akisc") {
		t.Errorf("got\n%s", out)
	}
}

func TestImportReadsStandardInputAndNamesWhatIsLeftOut(t *testing.T) {
	d := newDesk(t)
	out, _, code := d.typed(t.Context(), "catalog", "import", "-", "--format", "csv")
	if code != 0 || !bytes.Equal(d.node.imported.GetContent(), []byte("sku,name\n")) || d.node.imported.GetFormat() != "csv" {
		t.Errorf("exit %d: the node was asked %v", code, d.node.imported)
	}
	if !strings.Contains(out, "left out: line 4, BAGEL: no price\n") {
		t.Errorf("got\n%s", out)
	}
}

func TestImportOfAFileThatIsntThereAsksNothing(t *testing.T) {
	d := newDesk(t)
	if _, errs, code := d.typed(t.Context(), "catalog", "import", filepath.Join(t.TempDir(), "none.csv")); code != exitFailed || d.node.imported != nil {
		t.Errorf("exit %d, %q: the node was asked %v", code, errs, d.node.imported)
	}
}

func TestWatchPrintsUntilItIsStopped(t *testing.T) {
	d := newDesk(t)
	ctx, stop := context.WithCancel(t.Context())
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	a := &app{in: strings.NewReader(""), out: w, errs: w, env: func(string) string { return "" }, now: func() time.Time { return noon }}
	ended := make(chan int, 1)
	go func() {
		ended <- a.run(ctx, []string{"--dir", d.dir, "inbox", "--watch", "--after", "41"})
		_ = w.Close()
	}()
	b := make([]byte, 4096)
	n, err := r.Read(b)
	want := "? gh2akisc  11:59 (1 min ago)  proffer  a person (k7mz2a4q)\n    SD-BASE for weekly bread\n    byway decide gh2akisc accept --dir " + d.dir + "\n"
	if err != nil || string(b[:n]) != want {
		t.Errorf("read %q (%v), want %q", b[:n], err, want)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("stopped by its user, it ends with %d", code)
	}
}

func TestWatchEndsWithThreeWhenTheNodeDoes(t *testing.T) {
	d := newDesk(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var errs bytes.Buffer
	a := &app{in: strings.NewReader(""), out: w, errs: &errs, env: func(string) string { return "" }, now: func() time.Time { return noon }}
	ended := make(chan int, 1)
	go func() { ended <- a.run(t.Context(), []string{"--dir", d.dir, "inbox", "--watch"}) }()
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := d.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != exitNoNode {
		t.Errorf("it ends with %d and %q, want %d", code, errs.String(), exitNoNode)
	}
}

func TestCompletionAsksTheNode(t *testing.T) {
	out, _, _ := newDesk(t).typed(t.Context(), "__complete", "proffer", "")
	if !strings.HasPrefix(out, "bakery\tThe Bakery\nbbbbbbbb\t") {
		t.Errorf("got\n%s", out)
	}
}
