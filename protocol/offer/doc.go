// Package offer is the priced, signed, expiring answer to an intention.
//
// A vendor answers a cast with a statement to the cast's key: what, at which price,
// until when, and which service terms it will countersign. The offer holds the vendor's
// acceptance of the cast's own terms as opaque bytes, so whoever offers is bound before
// the person shows her face. The person takes it by a taking: a statement to the vendor,
// signed by the cast's key and by the key that she made for this vendor.
//
// All that a party keeps about the offers for one cast has the cast's id as its subject.
// The state of each is a function of the set of its entries, strongest first:
//
//	            a taking     a refusal noted   good_until passed   delivery noted   else
//	vendor's    Taken        Refused           Lapsed              Delivered        Made
//	person's    Taken        Refused           Lapsed              -                Received
//
// Bounds: those at the top of offer.go. SPEC.md rules on the formats.
package offer

//go:generate go test -run ^TestVectorsAreCurrent$ -update
