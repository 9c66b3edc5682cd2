// Package contacts is the book of counterparties that a party knows.
//
// A contact is an organisation's key with what is known of it: the newest card that
// it signed, the owner's petname, and the key under which a person meets it, made
// for it alone. A name on a card is a claim, so a name never picks a contact by
// itself where two have it: both are shown, none is taken.
package contacts
