package main

import (
	"path/filepath"
	"testing"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func TestVectorsAreWhatThisProgramMakes(t *testing.T) {
	for name, made := range sets {
		recordtest.Current(t, filepath.Join("../../testdata/vectors", name), made())
	}
}
