package node

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/bywaynet/byway/node/localapi"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
	"github.com/bywaynet/byway/store/vault"
)

// keyOfVault is the purpose of the key that seals the vault's file of keys.
const keyOfVault = "vault"

func (r *running) openVault(ctx context.Context) (err error) {
	lossy, err := r.lostWrites(ctx)
	if err != nil {
		return err
	}
	r.vault, err = vault.Open(ctx, filepath.Join(r.node.config.Dir, storeDir), r.store, vault.Options{Key: r.root.Key(keyOfVault), Log: r.node.config.Log, Lossy: lossy})
	if err == nil {
		r.later(r.vault.Close)
	}
	return err
}

// lostWrites reports whether the store knows of writes that are gone from it.
func (r *running) lostWrites(ctx context.Context) (bool, error) {
	s, ok := r.store.(checked)
	if !ok {
		return false, nil
	}
	found, err := s.Findings(ctx)
	return slices.ContainsFunc(found, store.Finding.Lossy), err
}

// vaultNotes say where her fields can't be read.
func (r *running) vaultNotes() []localapi.Note {
	_, err := r.vault.List()
	if !errors.Is(err, vault.ErrDamaged) {
		return nil
	}
	return []localapi.Note{{Level: localapi.NoteProblem, Text: "what this node holds about you can't be read: " + err.Error() + "; try: " + localapi.VaultHelp}}
}

// fields are the owner's personal fields, as the control API serves them.
type fields struct {
	*running
	renew func(context.Context) []localapi.Renewed // makes the backups anew; nil where none are known
}

// List implements localapi.Fields.
func (f fields) List() ([]string, error) {
	categories, err := f.vault.List()
	return categories, vaultFailure(err)
}

// Set implements localapi.Fields.
func (f fields) Set(ctx context.Context, category string, value []byte) error {
	return vaultFailure(f.vault.Set(ctx, category, value))
}

// Value implements localapi.Fields.
func (f fields) Value(ctx context.Context, category string) ([]byte, error) {
	value, err := f.vault.Value(ctx, category)
	return value, vaultFailure(err)
}

// Prove implements localapi.Fields.
func (f fields) Prove(ctx context.Context, thread record.ID, category string) (commitment.Opening, error) {
	a, err := f.service.Get(ctx, thread)
	if err != nil {
		return commitment.Opening{}, err
	}
	if a.Me() != agreement.First {
		return commitment.Opening{}, localapi.Fail(localapi.BadInput, "what %s commits to is the person's, who alone can open it", thread.Short())
	}
	c := a.View(f.node.parts.Now()).Body.Commitment(category)
	if c.IsZero() {
		return commitment.Opening{}, localapi.Fail(localapi.NotFound, "%s commits to no %q", thread.Short(), category).Hint("byway agreements show %s, for the data that it names", thread.Short())
	}
	o, err := f.vault.Prove(ctx, category, a.Nonce())
	if errors.Is(err, vault.ErrNotFound) {
		return commitment.Opening{}, localapi.Fail(localapi.NotFound, "%q is no longer held, so what %s commits to can't be opened any more", category, thread.Short())
	}
	if err != nil {
		return commitment.Opening{}, vaultFailure(err)
	}
	if commitment.Check(c, o) != nil {
		return commitment.Opening{}, localapi.Fail(localapi.Failed, "%q was set anew since: what %s commits to can't be opened any more", category, thread.Short())
	}
	return o, nil
}

// Forget implements localapi.Fields.
func (f fields) Forget(ctx context.Context, categories []string, all bool) (out localapi.Forgotten, err error) {
	takeBack := keeping{f.running}.owe(ctx)
	defer func() {
		if err != nil && !errors.Is(err, vault.ErrUncertain) {
			takeBack()
		}
	}()
	if all {
		if out.Categories, err = f.vault.List(); err != nil && !errors.Is(err, vault.ErrDamaged) {
			return out, vaultFailure(err)
		}
		err = f.vault.ForgetAll(ctx)
	} else {
		out.Categories = slices.Compact(slices.Sorted(slices.Values(categories)))
		err = f.vault.Forget(ctx, categories...)
	}
	if errors.Is(err, vault.ErrRows) {
		out.Kept, err = err.Error(), nil
	}
	if err != nil {
		return localapi.Forgotten{}, vaultFailure(err)
	}
	if f.renew != nil {
		out.Backups = f.renew(context.WithoutCancel(ctx)) // the keys are gone: what is left to do is done, whoever listens
	}
	return out, nil
}

// vaultFailure says what to do about what the vault refuses.
func vaultFailure(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, commitment.ErrMalformed):
		return localapi.Fail(localapi.BadInput, "%w", err)
	case errors.Is(err, vault.ErrNotFound):
		return localapi.Fail(localapi.NotFound, "%w", err).Hint("byway me, for what there is")
	case errors.Is(err, vault.ErrFull):
		return localapi.Fail(localapi.Failed, "%w", err).Hint("byway forget CATEGORY")
	case errors.Is(err, vault.ErrDamaged):
		return localapi.Fail(localapi.Failed, "%w", err).Hint("%s", localapi.VaultHelp)
	case errors.Is(err, vault.ErrUncertain):
		return localapi.Fail(localapi.Failed, "%w", err).Hint("byway down, then byway up; byway me says what counted")
	}
	return err
}
