package main

import (
	"testing"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func TestVectorsAreWhatThisProgramMakes(t *testing.T) {
	made, err := vectors()
	if err != nil {
		t.Fatal(err)
	}
	recordtest.Current(t, "../../testdata/vectors", made)
}
