// Package casting carries an intention from a person to the vendors that answer it.
//
// Person casts: each intention under a key of its own, with an open proffer inside, to a
// community's steward or to vendors that she names. What she would pay at most stays in her
// own store. Offers that come back are taken in only with the vendor's acceptance of that proffer,
// and she takes one by proffering its service terms under a key made for that vendor.
//
// Vendor hears: it keeps what is live, hands it to the handlers of its owner's program, to its price list's
// rule, or to a human, and signs what they offer. An offer is kept before it leaves, and
// sent until the person's node has it or it is no longer good.
//
// Neither knows a network: what each needs of the rest of the node it declares.
package casting
