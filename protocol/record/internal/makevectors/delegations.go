package main

import (
	"crypto/ed25519"
	"encoding/binary"
	"strings"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// delegation is what SPEC.md's table of its payload has, free to be wrong.
type delegation struct {
	delegate    []byte
	from, until uint64
	types       []string
	more        byte // types claimed beyond those
	after       []byte
}

func (d delegation) payload() []byte {
	b := append([]byte{}, d.delegate...)
	b = binary.BigEndian.AppendUint64(b, d.from)
	b = binary.BigEndian.AppendUint64(b, d.until)
	b = append(b, byte(len(d.types))+d.more)
	for _, t := range d.types {
		b = append(append(b, byte(len(t))), t...)
	}
	return append(b, d.after...)
}

const day = 24 * 60 * 60 * 1000 // milliseconds

// The bakery's node may sign for the bakery on the 20,001st day since 1970.
func usual() delegation {
	return delegation{delegate: public("the bakery's node"), from: 20000 * day, until: 20001 * day}
}

// lets is the delegation's record by an actor, its statement changed.
func lets(name string, d delegation, edits ...func(*statement)) []byte {
	st := say(one(author, name), append([]func(*statement){typed("record.delegation"), holding(d.payload())}, edits...)...)
	return whole(st, signed(st, author, name))
}

// under is a signature for the bakery by an actor with a delegation.
func under(st []byte, role byte, name string, delegation []byte) signature {
	return signature{
		role: role, key: public("the bakery"), delegation: delegation,
		bytes: ed25519.Sign(private(name), signedBytes(st, role, public("the bakery"))),
	}
}

const node = "the bakery's node"

// delegations are records of the bakery's, signed by its node. All but a few are read
// in the middle of the day for which the delegation holds.
func delegations() []recordtest.Vector {
	st := say(one(author, "the bakery"))
	with := func(d []byte) []byte { return whole(st, under(st, author, node, d)) }
	changed := func(edit func(*delegation)) []byte {
		d := usual()
		edit(&d)
		return with(lets("the bakery", d))
	}
	const noon, begin, end, late = "1728043200000", "1728000000000", "1728086400000", "1728086399999"
	var vs []recordtest.Vector
	at := func(at, name, says, refused string, body []byte) {
		vs = append(vs, vector(name, says, refused, body, "at", at))
	}
	add := func(name, says, refused string, body []byte) { at(noon, name, says, refused, body) }
	const bad = "delegation"
	good := lets("the bakery", usual())

	add("all-types", "a delegation for all types", "", with(good))
	add("one-type", "a delegation for this type", "", changed(func(d *delegation) { d.types = []string{"example.note"} }))
	add("eight-types", "a delegation for eight types", "", changed(func(d *delegation) {
		d.types = []string{"a", "b", "c", "d", "e", "f", "g", "example.note"}
	}))
	at(begin, "at-start", "judged when it begins", "", with(good))
	at(late, "before-end", "judged a millisecond before it ends", "", with(good))
	at("1727999999999", "too-early", "judged a millisecond before it begins", bad, with(good))
	at(end, "too-late", "judged when it ends", bad, with(good))
	at("0", "no-time", "judged at no time", bad, with(good))
	add("other-type", "a delegation for another type", bad, changed(func(d *delegation) { d.types = []string{"example.other"} }))
	add("nine-types", "nine types", bad, changed(func(d *delegation) { d.types = strings.Split("a b c d e f g h example.note", " ") }))
	add("claims-nine-types", "it claims nine types and has eight", bad, changed(func(d *delegation) {
		d.types, d.more = strings.Split("a b c d e f g example.note", " "), 1
	}))
	add("bad-type", "a type with a capital", bad, changed(func(d *delegation) { d.types = []string{"example.note", "Example"} }))
	add("of-delegations", "a delegation for making delegations", bad, changed(func(d *delegation) { d.types = []string{"example.note", "record.delegation"} }))
	add("ends-at-start", "it ends when it begins", bad, changed(func(d *delegation) { d.until = d.from }))
	add("small-order-delegate", "to a key of order 8", bad, changed(func(d *delegation) { d.delegate = torsion(1).Bytes() }))
	add("to-itself", "to the key itself", bad, whole(st, under(st, author, "the bakery",
		lets("the bakery", delegation{delegate: public("the bakery"), from: 0, until: 1 << 60}))))
	add("bytes-after-payload", "a byte after its types", bad, changed(func(d *delegation) { d.after = []byte{0} }))
	add("cut", "a delegation without its last byte", bad, with(good[:len(good)-1]))
	add("bytes-after", "a delegation with a byte more", bad, with(append(append([]byte{}, good...), 0)))
	add("by-another", "bob's delegation", bad, with(lets("bob", usual())))
	add("by-the-delegate", "the node's own delegation", bad, with(lets(node, usual())))
	add("addressed", "a delegation that isn't open", bad, with(lets("the bakery", usual(), to(public("bob"), 1, 0, 0))))
	add("version-2", "a delegation of payload version 2", bad, with(lets("the bakery", usual(), func(s *statement) { s.payloadVersion = 2 })))
	add("not-a-delegation", "another record of the bakery's", bad, with(whole(st, signed(st, author, "the bakery"))))
	add("of-another-type", "a delegation's payload in a statement of another type", bad, with(lets("the bakery", usual(), typed("record.delegations"))))
	add("badly-signed", "a delegation that the bakery didn't sign", bad, with(append(good[:len(good)-64:len(good)-64], make([]byte, 64)...)))
	add("other-delegate", "signed by another key than the delegate's", "signature", whole(st, under(st, author, "bob", good)))
	add("by-the-key-itself", "signed by the bakery's own key, under a delegation", "signature", whole(st, under(st, author, "the bakery", good)))
	return append(vs, chained(good, noon)...)
}

// chained are attempts to make more of a delegation than it says.
func chained(good []byte, noon string) []recordtest.Vector {
	further := usual()
	further.delegate = public("bob")
	stFurther := say(one(author, "the bakery"), typed("record.delegation"), holding(further.payload()))
	byNode := whole(stFurther, under(stFurther, author, node, good))
	st := say(one(author, "the bakery"))

	// Two signers in one role who trust one node: what it signs for the one doesn't serve the other.
	two := []signer{by(second, "the bakery"), by(second, "bob")}
	if string(two[0].key) > string(two[1].key) {
		two[0], two[1] = two[1], two[0]
	}
	stTwo := say(two)
	forBakery := under(stTwo, second, node, good)
	asBob := signature{role: second, key: public("bob"), delegation: lets("bob", usual()), bytes: forBakery.bytes}
	// The delegate's signature over its own key, as it would sign for itself.
	forItself := signature{role: author, key: public("the bakery"), delegation: good,
		bytes: ed25519.Sign(private(node), signedBytes(st, author, public(node)))}
	return []recordtest.Vector{
		vector("delegated-further", "bob signs by a delegation that the node made", "delegation", whole(st, under(st, author, "bob", byNode)), "at", noon),
		vector("delegation-by-delegate", "the node's delegation to bob, as a record of its own", "delegation", byNode, "at", noon),
		vector("for-the-other", "what the node signed for the bakery, in bob's place", "signature", whole(stTwo, asBob), "at", noon),
		vector("for-itself", "the node's signature over its own key", "signature", whole(st, forItself), "at", noon),
	}
}
