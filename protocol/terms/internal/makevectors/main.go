// Makevectors writes the vectors of protocol/terms, testdata/vectors. Run it by go generate, in protocol/terms.
package main

import (
	"fmt"
	"os"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func main() {
	vs, err := vectors()
	if err == nil {
		err = recordtest.WriteVectors("testdata/vectors", vs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "makevectors:", err)
		os.Exit(1) //nolint:forbidigo // a program ends its own process
	}
}
