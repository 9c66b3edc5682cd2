package exchange

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vectorProtocol has the bounds that SPEC.md states for the vectors.
var vectorProtocol = Protocol{ID: "/byway/vector/1", MaxRequest: 1000, MaxResponse: 2000}

// sides are the two ends of a stream, by who reads.
var sides = map[string]grammar{
	"answerer": answererGrammar(vectorProtocol),
	"asker":    askerGrammar(vectorProtocol),
}

// largest is the longest body that either side takes.
const largest = 2000

// decode reads frames until the first error, as both ends do, and checks the bodies as
// the asker does.
func decode(g grammar, b []byte) (hs []header, bodies [][]byte, err error) {
	in := newFrames(g, bytes.NewReader(b))
	for {
		h, err := in.header()
		if err != nil {
			return hs, bodies, err
		}
		body, err := in.body(h.length)
		if err != nil {
			return hs, bodies, err
		}
		switch h.kind {
		case kindRefused:
			_, err = parseRefused(body)
		case kindTurned:
			_, err = parseTurned(body)
		}
		if err != nil {
			return hs, bodies, err
		}
		hs, bodies = append(hs, h), append(bodies, body)
	}
}

func encode(hs []header, bodies [][]byte) (b []byte) {
	for i, h := range hs {
		b = append(appendHeader(b, h), bodies[i]...)
	}
	return b
}

// vector is one line of a file: side, bytes in hex, and what must come of them.
type vector struct {
	side, note string
	bytes      []byte
}

func readVectors(t testing.TB, file string) (vs []vector) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "vectors", file))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); line != "" && line[0] != '#' {
			fields := strings.Split(line, "\t")
			if len(fields) != 3 || sides[fields[0]] == (grammar{}) {
				t.Fatalf("%s: %q", file, line)
			}
			b, err := hex.DecodeString(strings.ReplaceAll(fields[1], " ", ""))
			if err != nil {
				t.Fatalf("%s: %q: %v", file, line, err)
			}
			vs = append(vs, vector{fields[0], fields[2], b})
		}
	}
	if len(vs) == 0 {
		t.Fatalf("%s: no vectors", file)
	}
	return vs
}

func TestVectorsThatMustBeAccepted(t *testing.T) {
	for _, v := range readVectors(t, "accept.txt") {
		hs, bodies, err := decode(sides[v.side], v.bytes)
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", v.note, err)
		}
		if !bytes.Equal(encode(hs, bodies), v.bytes) {
			t.Errorf("%s: encodes differently", v.note)
		}
	}
}

func TestVectorsThatMustBeRejected(t *testing.T) {
	for _, v := range readVectors(t, "reject.txt") {
		if _, _, err := decode(sides[v.side], v.bytes); !errors.Is(err, errViolation) {
			t.Errorf("%s: %v", v.note, err)
		}
	}
}

// The files are made here, so that they follow the constants; go test -run Vectors
// shows where a file differs from what this program would write.
func TestVectorsAreWhatThisProgramMakes(t *testing.T) {
	line := func(side, bytes, note string) string {
		return fmt.Sprintf("%s\t%s\t%s\n", side, hex.EncodeToString([]byte(bytes)), note)
	}
	accept := "# Who reads, the bytes in hex, what they are. A reader must take all frames of a line. MaxRequest 1000, MaxResponse 2000.\n" +
		line("answerer", hello, "a hello") +
		line("answerer", frame(kindRequest, 1, "bread"), "a request") +
		line("answerer", frame(kindRequest, 1, ""), "an empty request") +
		line("answerer", frame(kindRequest, 1<<32-1, "bread"), "the last exchange number") +
		line("answerer", frame(kindRequest, 2, strings.Repeat("b", 1000)), "the largest request") +
		line("answerer", frame(kindRequest, 3, "a")+frame(kindCancel, 3, ""), "a request and its cancel") +
		line("answerer", frame(200, 7, "new"), "a kind that isn't known: passed over") +
		line("asker", helloAck, "a helloAck") +
		line("asker", frame(kindResponse, 1, "bread"), "a response") +
		line("asker", frame(kindResponse, 1, ""), "an empty response") +
		line("asker", frame(kindRefused, 1, "\x00\x0cclosed on sundays"), "refused with a text") +
		line("asker", frame(kindRefused, 1, "\x00\x0d"), "refused without a text") +
		line("asker", frame(kindRefused, 0, "\x00\x03"), "the hello refused") +
		line("asker", frame(kindRefused, 1, "\x03\xe7"), "a status that isn't known") +
		line("asker", frame(kindTurned, 1, "\x00\x00\x00\x02"), "turned away: rate limited") +
		line("asker", frame(kindBye, 9, ""), "a bye") +
		line("asker", frame(9, 0, strings.Repeat("x", maxUnknown)), "the largest frame of a kind that isn't known")
	reject := "# Who reads, the bytes in hex, the reason. A reader must reset the stream with Violation.\n" +
		line("answerer", raw(1001, kindRequest, 1, ""), "a request over the bound") +
		line("answerer", raw(1<<32-1, kindRequest, 1, ""), "a length of 4 GiB") +
		line("answerer", frame(kindRequest, 0, "bread"), "a request without a number") +
		line("answerer", frame(kindCancel, 0, ""), "a cancel without a number") +
		line("answerer", frame(kindCancel, 1, "x"), "a cancel with a body") +
		line("answerer", frame(0, 1, ""), "kind 0") +
		line("answerer", frame(kindResponse, 1, ""), "a response from who asks") +
		line("answerer", frame(kindBye, 1, ""), "a bye from who asks") +
		line("answerer", frame(kindHello, 1, "\x01"), "a hello with a number") +
		line("answerer", frame(kindHello, 0, ""), "a hello without a version") +
		line("answerer", frame(kindRequest, 1, "bread")[:5], "a header cut short") +
		line("answerer", frame(kindRequest, 1, "bread")[:12], "a body cut short") +
		line("answerer", raw(maxUnknown+1, 200, 1, ""), "a kind that isn't known, over its bound") +
		line("asker", raw(2001, kindResponse, 1, ""), "a response over the bound") +
		line("asker", frame(kindResponse, 0, ""), "a response without a number") +
		line("asker", frame(kindRequest, 1, ""), "a request from who answers") +
		line("asker", frame(kindRefused, 1, "\x00\x00"), "refused with status ok") +
		line("asker", frame(kindRefused, 1, "\x01"), "refused without a whole status") +
		line("asker", raw(refusedSize+1, kindRefused, 1, ""), "a text over the bound") +
		line("asker", frame(kindTurned, 1, "\x00\x00\x00\x00"), "turned away without a code") +
		line("asker", frame(kindTurned, 1, "\x00\x01"), "turned away with half a code")
	for name, want := range map[string]string{"accept.txt": accept, "reject.txt": reject} {
		got, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
		if err == nil && string(got) == want {
			continue
		}
		fresh := filepath.Join(t.ArtifactDir(), name)
		if err := os.WriteFile(fresh, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s differs from %s (%v): if the format was meant to change, copy it (go test -artifacts keeps it)", name, fresh, err)
	}
}

func FuzzFrames(f *testing.F) {
	for _, file := range []string{"accept.txt", "reject.txt"} {
		for _, v := range readVectors(f, file) {
			f.Add(v.bytes)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for side, g := range sides {
			hs, bodies, err := decode(g, b)
			if !errors.Is(err, io.EOF) && !errors.Is(err, errViolation) {
				t.Fatalf("%s: %v", side, err)
			}
			for _, body := range bodies {
				if cap(body) > largest {
					t.Fatalf("%s: %d bytes allocated for a body, at most %d", side, cap(body), largest)
				}
			}
			again := encode(hs, bodies)
			if !bytes.HasPrefix(b, again) || errors.Is(err, io.EOF) && len(again) != len(b) {
				t.Fatalf("%s: %x encodes as %x", side, b, again)
			}
			if hs2, _, err := decode(g, again); !errors.Is(err, io.EOF) || len(hs2) != len(hs) {
				t.Fatalf("%s: decodes differently the second time: %v", side, err)
			}
		}
	})
}
