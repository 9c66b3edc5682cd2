package recordtest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Vector is one scenario: header lines that say what it is and what has to come of
// it, and the bytes that are fed in. As a file it is
//
//	key: value
//	key: value
//
//	base64 (RFC 4648, padded) of the body, in lines of 76 letters
//
// with LF line ends; nothing follows the headers where the body is empty. Keys are
// a–z, 0–9 and '-'; a key may come more than once, and order counts.
type Vector struct {
	// Name is the file's, without ".txt".
	Name    string
	Headers []Header
	Body    []byte
}

// Header is one line of a vector file.
type Header struct{ Key, Value string }

var errVector = errors.New("not a vector file")

const (
	vectorExt  = ".txt"
	vectorLine = 76 // letters of base64 a line
)

// Get returns the value of the first header with that key, or "".
func (v Vector) Get(key string) string {
	if all := v.All(key); len(all) > 0 {
		return all[0]
	}
	return ""
}

// All returns the values of every header with that key, in order.
func (v Vector) All(key string) []string {
	var out []string
	for _, h := range v.Headers {
		if h.Key == key {
			out = append(out, h.Value)
		}
	}
	return out
}

// Encode returns the file's content.
func (v Vector) Encode() []byte {
	var b bytes.Buffer
	for _, h := range v.Headers {
		fmt.Fprintf(&b, "%s: %s\n", h.Key, h.Value)
	}
	b.WriteByte('\n')
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(v.Body)), vectorLine) {
		b.Write(append(line, '\n'))
	}
	return b.Bytes()
}

// ParseVector reads a file's content in the one form that Encode writes.
func ParseVector(name string, b []byte) (Vector, error) {
	v := Vector{Name: name}
	head, body, ok := strings.Cut("\n"+string(b), "\n\n")
	if !ok {
		return Vector{}, fmt.Errorf("%w: %s has no empty line after its headers", errVector, name)
	}
	for line := range strings.Lines(strings.TrimPrefix(head, "\n")) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !ok {
			return Vector{}, fmt.Errorf("%w: %s: header %q", errVector, name, line)
		}
		v.Headers = append(v.Headers, Header{key, value})
	}
	var err error
	if v.Body, err = base64.StdEncoding.DecodeString(body); err != nil {
		return Vector{}, fmt.Errorf("%w: %s: %w", errVector, name, err)
	}
	if !bytes.Equal(v.Encode(), b) {
		return Vector{}, fmt.Errorf("%w: %s isn't in the form that it is written in", errVector, name)
	}
	return v, nil
}

// ReadVectors returns the vectors in a folder, in order of their names.
func ReadVectors(dir string) ([]Vector, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+vectorExt))
	if err != nil {
		return nil, err
	}
	var out []Vector
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		v, err := ParseVector(strings.TrimSuffix(filepath.Base(p), vectorExt), b)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// WriteVectors makes a folder hold these vectors, and no other vector file.
func WriteVectors(dir string, vs []Vector) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "*"+vectorExt))
	if err != nil {
		return err
	}
	for _, p := range old {
		if err := os.Remove(p); err != nil {
			return err
		}
	}
	for _, v := range vs {
		if err := os.WriteFile(filepath.Join(dir, v.Name+vectorExt), v.Encode(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Vectors returns the vectors in a folder, and ends the test where there are none.
func Vectors(t testing.TB, dir string) []Vector {
	t.Helper()
	vs, err := ReadVectors(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(vs) == 0 {
		t.Fatalf("no vectors in %s", dir)
	}
	return vs
}

// Current fails the test where the folder doesn't hold exactly the vectors that its program makes.
func Current(t testing.TB, dir string, made []Vector) {
	t.Helper()
	byName := map[string][]byte{}
	for _, v := range Vectors(t, dir) {
		byName[v.Name] = v.Encode()
	}
	for _, v := range made {
		if !bytes.Equal(byName[v.Name], v.Encode()) {
			t.Errorf("%s%s in %s isn't what its program makes; try: go generate", v.Name, vectorExt, dir)
		}
		delete(byName, v.Name)
	}
	for name := range byName {
		t.Errorf("%s%s in %s is made by nothing; try: go generate", name, vectorExt, dir)
	}
}
