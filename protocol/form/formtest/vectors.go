package formtest

import (
	"flag"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// Dir is where a package keeps its vectors.
const Dir = "testdata/vectors"

// maxVector is the largest body that is written to a file, in bytes: what is refused
// for its size alone is a line in SPEC.md and a case in a test.
const maxVector = 16 << 10

var update = flag.Bool("update", false, "write testdata/vectors anew")

// Vector is one scenario: what it is about, and what a reader has to make of it, an
// error as Outcome names it with the same malformed.
func Vector(about string, want, malformed error, body []byte) recordtest.Vector {
	return recordtest.Vector{
		Name:    strings.NewReplacer(" ", "-", "'", "").Replace(about),
		Headers: []recordtest.Header{{Key: "about", Value: about}, {Key: "expect", Value: Outcome(want, malformed)}},
		Body:    body,
	}
}

// Vectors are those of the cases that aren't too large for a file, their names behind a prefix.
func Vectors(prefix string, cases []Case, malformed error) []recordtest.Vector {
	var out []recordtest.Vector
	for _, c := range cases {
		if len(c.Bytes) <= maxVector {
			out = append(out, Vector(prefix+" "+c.Name, c.Want, malformed, c.Bytes))
		}
	}
	return out
}

// Current holds that the files are the vectors that the test makes; with -update it writes them.
func Current(t *testing.T, made []recordtest.Vector) {
	t.Helper()
	if *update {
		if err := recordtest.WriteVectors(Dir, made); err != nil {
			t.Fatal(err)
		}
	}
	recordtest.Current(t, Dir, made)
}
