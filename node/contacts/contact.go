package contacts

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bywaynet/byway/protocol/profile"
	"github.com/bywaynet/byway/protocol/record"
)

// Contact is what is known of one organisation. A value: changing it changes nothing.
type Contact struct {
	// Key is the organisation's public key.
	Key record.Key
	// Petname is the owner's own name for it; empty until she gave one.
	Petname string
	// Mine is the key under which the owner meets it; zero until one was made.
	Mine record.Key
	// Card is what it says of itself; HasCard is false where none is known.
	Card    profile.Card
	HasCard bool
}

// Label shows the contact to its owner: petname or claimed name, and 8 letters of the key.
func (c Contact) Label() string {
	switch {
	case c.Petname != "":
		return c.Petname + " (" + c.Key.Short() + ")"
	case c.HasCard:
		return fmt.Sprintf("%q (%s)", c.Card.Name, c.Key.Short())
	}
	return c.Key.Short()
}

// Speaks reports whether the card says that its node answers the protocol; false
// also where no card is known.
func (c Contact) Speaks(protocol string) bool {
	if !c.HasCard {
		return false
	}
	for _, s := range c.Card.Speaks {
		if s == protocol {
			return true
		}
	}
	return false
}

// What Resolve and Name return. Match with errors.Is and errors.As.
var (
	// ErrUnknown: nobody in the book answers to that. Meet it, join its community, or give its key in full.
	ErrUnknown = errors.New("nobody known by that name or key")
	// ErrPetname: a petname that is empty, too long, given to another already, or the
	// beginning of another's key.
	ErrPetname = errors.New("petname refused")
)

// MaxPetname is the longest petname, in bytes.
const MaxPetname = 64

// MinPrefix is the shortest prefix of a key that picks a contact, in letters.
const MinPrefix = 8

// AmbiguousError says that several contacts answer to one word: none was taken.
type AmbiguousError struct {
	Who     string
	Matches []Contact
}

// Error implements error.
func (e *AmbiguousError) Error() string {
	labels := make([]string, len(e.Matches))
	for i, c := range e.Matches {
		labels[i] = c.Label()
	}
	return fmt.Sprintf("%q could be %s", e.Who, strings.Join(labels, " or "))
}
