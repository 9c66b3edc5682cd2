package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal returns both ends of a pseudo-terminal: the keyboard's and the program's.
func openTerminal(t *testing.T) (keyboard, tty *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(keyboard.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(tty.Close(), keyboard.Close()) })
	return keyboard, tty
}

func shows(t *testing.T, tty *os.File) bool {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(tty.Fd()), getTermios)
	if err != nil {
		t.Fatal(err)
	}
	return s.Lflag&unix.ECHO != 0
}

// prompted has the person type once she is asked.
type prompted struct {
	*io.PipeWriter
	said *bufio.Reader
}

func newPrompted() prompted {
	r, w := io.Pipe()
	return prompted{w, bufio.NewReader(r)}
}

func TestASecretIsntShownWhileItIsTyped(t *testing.T) {
	keyboard, tty := openTerminal(t)
	errs := newPrompted()
	a := &app{in: tty, errs: errs}
	if got, ok := a.terminal(); !ok || got != tty || !shows(t, tty) {
		t.Fatal("no terminal to begin with, or one that shows nothing")
	}
	typed := make(chan bool, 1)
	go func() {
		if _, err := errs.said.ReadString(':'); err != nil {
			t.Error(err)
		}
		for shows(t, tty) { // it is hidden right after the prompt
			continue
		}
		typed <- true
		if _, err := keyboard.WriteString("the oven is warm\nnext\n"); err != nil {
			t.Error(err)
		}
		_, _ = io.Copy(io.Discard, errs.said)
	}()
	got, err := a.secret(t.Context(), tty, "Passphrase:")
	if err != nil || got != "the oven is warm" || !<-typed {
		t.Errorf("%q, %v", got, err)
	}
	if !shows(t, tty) {
		t.Error("the terminal stays mute")
	}
	if next, err := readLine(tty); err != nil || next != "next" {
		t.Errorf("the next line is %q, %v", next, err)
	}
}

func TestTheTerminalShowsAgainWhereAskingIsCutShort(t *testing.T) {
	_, tty := openTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var errs strings.Builder
	if _, err := (&app{in: tty, errs: &errs}).secret(ctx, tty, "Passphrase:"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if !shows(t, tty) {
		t.Error("the terminal stays mute")
	}
}

func TestAPipeIsNoTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(r.Close(), w.Close()) }()
	for name, in := range map[string]io.Reader{"a pipe": r, "no file": strings.NewReader("")} {
		if _, ok := (&app{in: in}).terminal(); ok {
			t.Error(name)
		}
	}
}
