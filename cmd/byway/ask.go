package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxSecret bounds a line that is typed or read as a secret, in bytes.
const maxSecret = 1024

// passphraseIn returns the first line of a file, without its end.
func (a *app) passphraseIn(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	defer func() { _ = f.Close() }()
	pass, err := readLine(f)
	if err == nil && pass == "" {
		return "", &hintedError{err: fmt.Errorf("read the passphrase in %s: its first line is empty", name), try: "a file whose first line is the passphrase"}
	}
	if err != nil {
		return "", fmt.Errorf("read the passphrase in %s: %w", name, err)
	}
	return pass, nil
}

// newPassphrase asks twice.
func (a *app) newPassphrase(ctx context.Context) (string, error) {
	tty, ok := a.terminal()
	if !ok {
		return "", &hintedError{
			err: errors.New("no keyring here that takes the root of the keys, and no terminal to ask for a passphrase on"),
			try: "the same with --passphrase-file FILE, or with --unsealed, which leaves the root to whoever can read your files",
		}
	}
	pass, err := a.secret(ctx, tty, "New passphrase for the root of your keys, four words or more: ")
	if err != nil {
		return "", err
	}
	again, err := a.secret(ctx, tty, "The same again: ")
	if err != nil {
		return "", err
	}
	if pass != again {
		return "", errors.New("the two passphrases differ; nothing was changed")
	}
	return pass, nil
}

func (a *app) oldPassphrase(ctx context.Context) (string, error) {
	tty, ok := a.terminal()
	if !ok {
		return "", &hintedError{
			err: errors.New("the root of the keys is sealed by a passphrase, and there is no terminal to ask for it on"),
			try: "the same with " + passphraseFile + "=FILE before it",
		}
	}
	return a.secret(ctx, tty, "Passphrase for the root of your keys: ")
}

// errNoWords is returned where nothing was given as words.
var errNoWords = errors.New("no words there")

// wordsOf reads 24 words from a file, or from standard input for "-"; "" for no file.
func (a *app) wordsOf(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	in := a.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", &hintedError{err: fmt.Errorf("read the words: %w", err), try: "the file that holds the 24 words, or - to give them on standard input"}
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxSecret))
	if err != nil {
		return "", err
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return "", &hintedError{err: errNoWords, try: "a file that has the 24 words"}
	}
	return string(b), nil
}

// terminal returns the terminal that a person sits at, where there is one.
func (a *app) terminal() (*os.File, bool) {
	f, ok := a.in.(*os.File)
	if !ok {
		return nil, false
	}
	return f, isTerminal(f)
}

// secret asks for a line that isn't shown while it is typed.
func (a *app) secret(ctx context.Context, tty *os.File, prompt string) (string, error) {
	if _, err := io.WriteString(a.errs, prompt); err != nil {
		return "", err
	}
	show, err := hideTyping(tty)
	if err != nil {
		return "", err
	}
	defer func() {
		show()
		_, _ = io.WriteString(a.errs, "\n") // the one that was typed wasn't shown
	}()
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() { // a read of a terminal takes no context: where ctx ends first, the program does
		line, err := readLine(tty)
		got <- answer{line, err}
	}()
	select {
	case l := <-got:
		return l.line, l.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// readLine reads up to the end of a line and not beyond it: the next one is somebody else's.
func readLine(r io.Reader) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for {
		n, err := r.Read(one)
		if n == 1 {
			if one[0] == '\n' {
				break
			}
			line = append(line, one[0])
			if len(line) > maxSecret {
				return "", fmt.Errorf("a line of more than %d bytes", maxSecret)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
	}
	return strings.TrimRight(string(line), "\r"), nil
}
