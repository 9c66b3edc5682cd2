// Makeroster writes the roster that ships with the program, protocol/terms/default.byway.
//
// It signs with a key that it makes and throws away, so nobody can sign another
// roster in that key's name. Where the file says what the table says already it is
// left alone. Run it by go generate, in protocol/terms.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"reflect"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/terms"
)

const file = "default.byway"

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "makeroster:", err)
		os.Exit(1) //nolint:forbidigo // a program ends its own process
	}
}

func run(ctx context.Context) error {
	if old, err := os.ReadFile(file); err == nil && current(old) {
		return nil
	}
	var seed [32]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return err
	}
	signer, err := record.NewSigner(seed)
	if err != nil {
		return err
	}
	rec, err := terms.Sign(ctx, rosterName, rosterVersion, rows(launch), signer)
	if err != nil {
		return err
	}
	return os.WriteFile(file, rec.Bytes(), 0o644)
}

// current reports whether a record says exactly what the table says.
func current(b []byte) bool {
	v, err := record.Verify(b, record.Want{Complete: true})
	if err != nil {
		return false
	}
	r, err := terms.Load(v)
	return err == nil && r.Name() == rosterName && r.Version() == rosterVersion && reflect.DeepEqual(r.All(), rows(launch))
}
