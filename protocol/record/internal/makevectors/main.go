// Makevectors writes the vectors of protocol/record, testdata/vectors.
//
// It builds every byte by itself, from SPEC.md and the Ed25519 group, and calls none of
// record's encoders: the vectors are a second opinion on them. Run it by go generate,
// in protocol/record.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

func main() {
	if err := run("testdata/vectors"); err != nil {
		fmt.Fprintln(os.Stderr, "makevectors:", err)
		os.Exit(1) //nolint:forbidigo // a program ends its own process
	}
}

// sets are the folders of vectors.
var sets = map[string]func() []recordtest.Vector{
	"keys":        keys,
	"signatures":  signatures,
	"records":     records,
	"delegations": delegations,
}

func run(dir string) error {
	for name, made := range sets {
		if err := recordtest.WriteVectors(filepath.Join(dir, name), made()); err != nil {
			return err
		}
	}
	return nil
}

// vector is one scenario. refused is the name of the error, or "" where it is read; more
// are further headers, key and value in turn.
func vector(name, says, refused string, body []byte, more ...string) recordtest.Vector {
	v := recordtest.Vector{Name: name, Body: body, Headers: []recordtest.Header{{Key: "scenario", Value: says}}}
	if refused == "" {
		v.Headers = append(v.Headers, recordtest.Header{Key: "expect", Value: "ok"})
	} else {
		v.Headers = append(v.Headers, recordtest.Header{Key: "expect", Value: "refused"}, recordtest.Header{Key: "error", Value: refused})
	}
	if refused == "" && bytes.HasPrefix(body, []byte("byway-re")) {
		v.Headers = append(v.Headers, recordtest.Header{Key: "id", Value: id(body)}, recordtest.Header{Key: "sha256", Value: fmt.Sprintf("%x", sha256.Sum256(body))})
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Headers = append(v.Headers, recordtest.Header{Key: more[i], Value: more[i+1]})
	}
	return v
}

// id is the CIDv1 of the statement in a good record: multibase "b", then version 1, codec raw, sha2-256 of 32 bytes.
func id(rec []byte) string {
	n := binary.BigEndian.Uint32(rec[9:])
	sum := sha256.Sum256(rec[13 : 13+n])
	cid := append([]byte{0x01, 0x55, 0x12, 0x20}, sum[:]...)
	return "b" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(cid))
}
