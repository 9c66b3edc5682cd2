package contacts

import (
	"context"
	"fmt"
	"strings"

	"github.com/bywaynet/byway/protocol/record"
)

// Name binds petname to the contact with that key. Errors: ErrUnknown, or ErrPetname,
// also where the petname reads as the key of another: in full, or as a prefix of a known
// one that Resolve takes.
func (b *Book) Name(ctx context.Context, k record.Key, petname string) (Contact, error) {
	if petname == "" || len(petname) > MaxPetname || strings.TrimSpace(petname) != petname {
		return Contact{}, fmt.Errorf("%w: 1 to %d bytes without spaces around", ErrPetname, MaxPetname)
	}
	if full, ok := inFull(petname); ok && full != k {
		return Contact{}, fmt.Errorf("%w: %q is another's key; try a word", ErrPetname, petname)
	}
	b.keys.Lock()
	defer b.keys.Unlock()
	for _, c := range b.List() {
		switch {
		case c.Key == k:
		case c.called(petname):
			return Contact{}, fmt.Errorf("%w: %q is %s already", ErrPetname, petname, c.Key.Short())
		case c.begins(petname):
			return Contact{}, fmt.Errorf("%w: the key of %s begins with %q; try another word", ErrPetname, c.Label(), petname)
		}
	}
	c, ok := b.Get(k)
	if !ok {
		return Contact{}, fmt.Errorf("%w: %s", ErrUnknown, k.Short())
	}
	c.Petname = petname
	if err := b.keep(ctx, c); err != nil {
		return Contact{}, err
	}
	return b.change(k, func(c *Contact) { c.Petname = petname }), nil
}

// Resolve returns the one contact that who means: a key in full, else a petname, else a
// claimed name that only one has, else a prefix of at least MinPrefix letters of a key.
// A name takes no one's key away: where the key of another contact begins with it too,
// none is taken. Errors: ErrUnknown, or *AmbiguousError with all that match.
func (b *Book) Resolve(who string) (Contact, error) {
	if k, ok := inFull(who); ok {
		c, known := b.Get(k)
		if !known {
			return Contact{}, fmt.Errorf("%w: %q", ErrUnknown, who)
		}
		return c, nil
	}
	all := b.List()
	for _, named := range []func(Contact, string) bool{Contact.called, Contact.claims, Contact.begins} {
		var found, others []Contact
		for _, c := range all {
			switch {
			case named(c, who):
				found = append(found, c)
			case c.begins(who):
				others = append(others, c)
			}
		}
		switch {
		case len(found) == 0:
		case len(found)+len(others) == 1:
			return found[0], nil
		default:
			return Contact{}, &AmbiguousError{Who: who, Matches: append(found, others...)}
		}
	}
	return Contact{}, fmt.Errorf("%w: %q", ErrUnknown, who)
}

// inFull returns the key that who spells out.
func inFull(who string) (record.Key, bool) {
	k, err := record.ParseKeyText(who)
	return k, err == nil
}

func (c Contact) called(who string) bool {
	return c.Petname != "" && strings.EqualFold(c.Petname, who)
}

func (c Contact) claims(who string) bool {
	return c.HasCard && strings.EqualFold(c.Card.Name, who)
}

// begins reports whether who is a prefix of the contact's key that picks it.
func (c Contact) begins(who string) bool {
	return len(who) >= MinPrefix && strings.HasPrefix(c.Key.String(), strings.ToLower(who))
}
