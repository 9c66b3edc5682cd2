package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// demoSettle is how long the sides have to come to hold the same, in addition to what went before.
const demoSettle = 10 * time.Second

// A demoAgreement is one agreement as both sides export it, as --json prints it. The sum
// of what a side doesn't hold is empty.
type demoAgreement struct {
	ID           string `json:"id"`
	Terms        string `json:"terms"`
	FirstSha256  string `json:"first_sha256"`
	SecondSha256 string `json:"second_sha256"`
	Verified     bool   `json:"verified"`
}

// An export is one agreement as one side holds it.
type export struct {
	id, terms, holder    string
	alternative, byOffer bool
	record               []byte
}

// exports returns all that the given parties agreed to, each by its own store.
func exports(ctx context.Context, who []*actor) ([]export, error) {
	var out []export
	for _, w := range who {
		all, err := w.Agreements(ctx)
		if err != nil {
			return nil, fmt.Errorf("agreements of %s: %w", w.name, err)
		}
		for _, a := range all {
			if a.Record != nil {
				out = append(out, export{a.ID.String(), a.Body.Terms.ID, w.name, a.Alternative, a.ByOffer, a.Record})
			}
		}
	}
	return out, nil
}

// settle waits until both sides hold the same agreements, and compares and verifies them.
func (d *demo) settle(ctx context.Context) error {
	var hers, theirs []export
	err := d.during(ctx, "wait until both sides hold the same", func(ctx context.Context) error {
		short, cancel := context.WithTimeout(ctx, demoSettle)
		defer cancel()
		err := again(short, func() (same bool, err error) {
			if hers, err = exports(ctx, d.persons); err != nil {
				return false, err
			}
			theirs, err = exports(ctx, d.organisations)
			return sameIDs(hers, theirs), err
		})
		if short.Err() != nil {
			err = ctx.Err() // what is missing is said below
		}
		return err
	})
	if err != nil {
		return err
	}
	d.say("Both sides export what they hold, each from its own store:")
	pairs, err := compare(hers, theirs)
	d.sum.Agreements = []demoAgreement{}
	for i, p := range pairs {
		row, cant := d.prove(i+1, p)
		err = errors.Join(err, cant)
		d.sum.Agreements = append(d.sum.Agreements, row)
	}
	return err
}

func sameIDs(a, b []export) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(e export) bool { return find(b, e.id) == nil })
}

func find(all []export, id string) *export {
	if i := slices.IndexFunc(all, func(e export) bool { return e.id == id }); i >= 0 {
		return &all[i]
	}
	return nil
}

// A pair is one agreement on its two sides; nil for one that doesn't hold it.
type pair struct{ first, second *export }

// compare pairs what the persons hold with what the organisations hold, those of the
// persons first. The error names all that one side lacks or holds otherwise.
func compare(hers, theirs []export) ([]pair, error) {
	var pairs []pair
	var errs []error
	for i := range hers {
		p := pair{&hers[i], find(theirs, hers[i].id)}
		pairs = append(pairs, p)
		if p.second == nil {
			errs = append(errs, fmt.Errorf("agreement %s: %s holds it, the other side doesn't", p.first.id, p.first.holder))
		} else if !bytes.Equal(p.first.record, p.second.record) {
			errs = append(errs, fmt.Errorf("agreement %s: %s and %s hold different bytes", p.first.id, p.first.holder, p.second.holder))
		}
	}
	for i := range theirs {
		if find(hers, theirs[i].id) == nil {
			pairs = append(pairs, pair{nil, &theirs[i]})
			errs = append(errs, fmt.Errorf("agreement %s: %s holds it, the other side doesn't", theirs[i].id, theirs[i].holder))
		}
	}
	return pairs, errors.Join(errs...)
}

// prove writes both sides of the n-th agreement to files, verifies these, and counts it.
func (d *demo) prove(n int, p pair) (demoAgreement, error) {
	row := demoAgreement{Verified: true}
	either := p.first
	if either == nil {
		either = p.second
	}
	row.ID, row.Terms = either.id, either.terms
	d.sum.Accepted++
	if either.alternative {
		d.sum.Accepted--
		d.sum.Alternative++
	}
	var errs []error
	side := func(e *export, word string) string {
		if e == nil {
			row.Verified = false
			return ""
		}
		name := filepath.Join(d.dir, fmt.Sprintf("%d-%s-%s.byway", n, e.terms, word))
		if err := d.proveFile(name, e); err != nil {
			row.Verified = false
			errs = append(errs, err)
		} else if d.try == "" || !e.byOffer {
			d.try = name
		}
		sum := sha256.Sum256(e.record)
		return hex.EncodeToString(sum[:])
	}
	row.SecondSha256 = side(p.second, "organisation")
	row.FirstSha256 = side(p.first, "person")
	d.tellRow(row, p)
	return row, errors.Join(errs...)
}

func (d *demo) proveFile(name string, e *export) error {
	if err := os.WriteFile(name, e.record, 0o600); err != nil {
		return err
	}
	id, err := d.check(name)
	if err == nil && id != e.id {
		err = fmt.Errorf("%s is of agreement %s, not of %s", name, id, e.id)
	}
	return err
}
