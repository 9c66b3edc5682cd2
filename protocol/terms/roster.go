package terms

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"github.com/bywaynet/byway/protocol/record"
)

//go:generate go run ./internal/makeroster
//go:generate go run ./internal/makevectors

//go:embed default.byway
var defaultRecord []byte

// Roster is a list of terms that somebody keeps. It is never changed, so it is safe
// for concurrent use. The zero Roster lists nothing.
type Roster struct {
	name, version string
	rows          []Terms
	keeper        record.Key
	id            record.ID
	rec           record.Verified
}

// openDefault runs once: what is embedded can't change while the program runs.
var openDefault = sync.OnceValue(func() *Roster {
	v, err := record.Verify(defaultRecord, record.Want{Complete: true})
	if err != nil {
		return &Roster{}
	}
	r, err := Load(v)
	if err != nil {
		return &Roster{}
	}
	return r
})

// Default returns the roster that ships with the program: a record signed by a key
// that was made for it and thrown away, verified like any other. Were it damaged, the
// roster would list nothing, so that nothing could be agreed to.
func Default() *Roster { return openDefault() }

// Load returns the roster in a record. It says nothing about whose roster that is:
// the caller decides, by Keeper or ID, whether to rely on it. Errors: ErrRoster.
func Load(v record.Verified) (*Roster, error) {
	s := v.Statement()
	if v.IsZero() || s.Type() != TypeRoster {
		return nil, fmt.Errorf("%w: the record is of type %q, want %s", ErrRoster, s.Type(), TypeRoster)
	}
	if s.Version() != PayloadVersion {
		return nil, fmt.Errorf("%w: payload version %d, this code knows %d", ErrRoster, s.Version(), PayloadVersion)
	}
	keeper, ok := v.SignedAs(record.RoleAuthor)
	if !ok || len(s.Signers()) != 1 || !s.Recipient().IsZero() {
		return nil, fmt.Errorf("%w: it has to be open, by one author", ErrRoster)
	}
	r, err := decode(s.Payload())
	if err != nil {
		return nil, err
	}
	r.keeper, r.id, r.rec = keeper, v.ID(), v
	return r, nil
}

// Sign returns the record of a roster with these rows, in their order, kept by the
// signer. Each row's Ref has the roster's name. Errors: ErrRoster, and the signer's.
func Sign(ctx context.Context, name, version string, rows []Terms, by record.Signer) (record.Record, error) {
	r := &Roster{name: name, version: version, rows: rows}
	if err := r.validate(); err != nil {
		return record.Record{}, err
	}
	payload, err := encode(r)
	if err != nil {
		return record.Record{}, err
	}
	s, err := record.New(record.Draft{
		Type: TypeRoster, Version: PayloadVersion, Payload: payload,
		Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}},
	})
	if err != nil {
		return record.Record{}, fmt.Errorf("%w: %w", ErrRoster, err)
	}
	return record.SignBy(ctx, s, by)
}

func (r *Roster) validate() error {
	if err := (Ref{Roster: r.name, ID: "X", Version: r.version}).Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrRoster, err)
	}
	if n := len(r.rows); n < 1 || n > MaxRows {
		return fmt.Errorf("%w: %d rows, want 1 to %d", ErrRoster, n, MaxRows)
	}
	seen := make(map[string]bool, len(r.rows))
	for i, t := range r.rows {
		if err := t.validate(); err != nil {
			return fmt.Errorf("%w: row %d: %w", ErrRoster, i, err)
		}
		if t.Ref.Roster != r.name {
			return fmt.Errorf("%w: row %d names the roster %q, not %q", ErrRoster, i, t.Ref.Roster, r.name)
		}
		if seen[t.Ref.ID] {
			return fmt.Errorf("%w: row %d: a second %s", ErrRoster, i, t.Ref.ID)
		}
		seen[t.Ref.ID] = true
	}
	return nil
}

// Name returns the roster's own name, which every Ref to it has.
func (r *Roster) Name() string { return r.name }

// Version returns the version of the roster as a whole.
func (r *Roster) Version() string { return r.version }

// Keeper returns the key that signed it.
func (r *Roster) Keeper() record.Key { return r.keeper }

// ID returns the id of its record.
func (r *Roster) ID() record.ID { return r.id }

// Record returns its record, which goes along where somebody else has to read what a row says.
func (r *Roster) Record() record.Verified { return r.rec }

// All returns the rows in the roster's order, in slices that the caller owns.
func (r *Roster) All() []Terms {
	out := slices.Clone(r.rows)
	for i := range out {
		out[i].Clauses = slices.Clone(out[i].Clauses)
	}
	return out
}

// Lookup returns the row with that id, such as "SD-BASE"; false where there is none.
func (r *Roster) Lookup(id string) (Terms, bool) {
	return r.find(func(t Terms) bool { return t.Ref.ID == id })
}

// Resolve returns the row that ref names, to the version and the text's hash; false
// where the roster doesn't list exactly that. Use it for what came from others.
func (r *Roster) Resolve(ref Ref) (Terms, bool) {
	return r.find(func(t Terms) bool { return t.Ref == ref })
}

func (r *Roster) find(is func(Terms) bool) (Terms, bool) {
	i := slices.IndexFunc(r.rows, is)
	if i < 0 {
		return Terms{}, false
	}
	t := r.rows[i]
	t.Clauses = slices.Clone(t.Clauses)
	return t, true
}
