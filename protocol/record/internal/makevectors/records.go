package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/bywaynet/byway/protocol/record/recordtest"
)

const (
	maxStatement = 48 << 10
	emptySize    = 8 + 1 + 1 + 12 + 1 + 1 + 33 + 1 + 4 // of alice's note without a payload
)

// pair are the two signers of an agreement.
func pair() []signer { return []signer{by(first, "alice"), by(second, "the bakery")} }

// noted is a record by alice alone, its statement changed.
func noted(edits ...func(*statement)) []byte {
	st := say(one(author, "alice"), edits...)
	return whole(st, signed(st, author, "alice"))
}

// agreed is signed by both, its statement changed.
func agreed(edits ...func(*statement)) []byte {
	st := say(pair(), edits...)
	return whole(st, signed(st, first, "alice"), signed(st, second, "the bakery"))
}

func text(name string) string { return recordtest.Key(name).String() }

// records are whole records, good ones first, then each thing in the framing that is refused.
func records() []recordtest.Vector {
	return append(append(append(goodRecords(), badStatements()...), badLinks()...), badRecords()...)
}

func goodRecords() []recordtest.Vector {
	st := say(pair(), to(public("the bakery"), 1, 0, 0))
	four := []signer{by(author, "alice"), by(first, "alice"), by(second, "the bakery"), by(9, "bob")}
	stFour := say(four)
	return []recordtest.Vector{
		vector("open", "an open statement by one author", "", noted(), "complete", "yes", "type", "example.note"),
		vector("empty-payload", "no payload at all", "", noted(holding(nil)), "complete", "yes"),
		vector("largest", "a statement of 48 KiB", "", noted(holding(bytes.Repeat([]byte{7}, maxStatement-emptySize))), "complete", "yes"),
		vector("longest-type", "a type of 32 letters", "", noted(typed(strings.Repeat("t", 32))), "complete", "yes"),
		vector("both", "signed by both, the first of its chain", "", agreed(to(public("the bakery"), 1, 0, 0)), "complete", "yes", "to", text("the bakery")),
		vector("first-alone", "signed by the first party alone", "", whole(st, signed(st, first, "alice")), "complete", "no", "to", text("the bakery")),
		vector("second-alone", "signed by the second party alone", "", whole(st, signed(st, second, "the bakery")), "complete", "no", "to", text("the bakery")),
		vector("first-with-answer", "the first of its chain, in answer to something", "", agreed(to(public("the bakery"), 1, 0, 5)), "complete", "yes"),
		vector("later-in-chain", "the last place that a chain can have", "", agreed(to(public("the bakery"), 1<<64-1, 4, 5)), "complete", "yes"),
		vector("epoch-begins", "the first of epoch 1, after an earlier one", "", agreed(to(public("the bakery"), 1<<32|1, 4, 5)), "complete", "yes"),
		vector("epoch-begins-with-nothing", "the first of epoch 1, after nothing that is known", "", agreed(to(public("the bakery"), 1<<32|1, 0, 0)), "complete", "yes"),
		vector("to-no-signer", "to somebody who doesn't sign", "", noted(to(public("bob"), 1, 0, 0)), "complete", "yes", "to", text("bob")),
		vector("four-signers", "four signers, one key in two roles, one role that nobody knows", "",
			whole(stFour, signed(stFour, author, "alice"), signed(stFour, first, "alice"), signed(stFour, second, "the bakery"), signed(stFour, 9, "bob")), "complete", "yes"),
		vector("wrong-reader", "read by carol, addressed to the bakery", "recipient", agreed(to(public("the bakery"), 1, 0, 0)), "to", text("carol")),
		vector("incomplete", "signed by one of two, where both are needed", "incomplete", whole(st, signed(st, first, "alice")), "want", "complete"),
	}
}

func badStatements() []recordtest.Vector {
	backwards := []signer{by(second, "the bakery"), by(first, "alice")}
	twice := []signer{by(author, "alice"), by(author, "alice")}
	var five []signer
	for role := range byte(5) {
		five = append(five, by(role+1, "alice"))
	}
	var vs []recordtest.Vector
	add := func(name, says, refused string, st []byte) {
		vs = append(vs, vector("statement-"+name, says, refused, whole(st, signed(st, author, "alice"))))
	}
	alice := one(author, "alice")
	add("other-magic", "it doesn't begin with byway-st", "malformed", say(alice, func(s *statement) { s.magic = "byway-xx" }))
	add("version-0", "framing version 0", "version", say(alice, func(s *statement) { s.version = 0 }))
	add("version-2", "framing version 2", "version", say(alice, func(s *statement) { s.version = 2 }))
	add("no-type", "a type of no letters", "malformed", say(alice, typed("")))
	add("long-type", "a type of 33 letters", "malformed", say(alice, typed(strings.Repeat("t", 33))))
	add("capital-type", "a capital in the type", "malformed", say(alice, typed("Example")))
	add("nul-in-type", "a zero byte in the type", "malformed", say(alice, typed("example\x00")))
	add("no-signers", "nobody is to sign", "malformed", say(nil))
	add("five-signers", "five signers", "malformed", say(five))
	add("signers-backwards", "signers not in order of role", "malformed", say(backwards))
	add("signer-doubled", "the same signer twice", "malformed", say(twice))
	add("role-0", "a signer with role 0", "malformed", say([]signer{by(0, "alice")}))
	add("zero-key", "a signer with the key of zeros, a point of order 4", "key", say([]signer{{author, make([]byte, 32)}}))
	add("small-order-key", "a signer with a key of order 8", "key", say([]signer{{author, torsion(1).Bytes()}}))
	add("non-canonical-key", "a signer with y written as p + 3", "key", say([]signer{{author, encodeY(0xf0, false)}}))
	add("bytes-after", "a byte after the payload", "malformed", say(alice, followedBy(0)))
	add("payload-short", "the payload claims a byte more than there is", "malformed", say(alice, claiming(9)))
	add("payload-long", "the payload claims a byte less than there is", "malformed", say(alice, claiming(7)))
	add("payload-huge", "the payload claims 4 GiB", "too large", say(alice, claiming(1<<32-1)))
	add("too-large", "a statement of 48 KiB and a byte", "too large", say(alice, holding(make([]byte, maxStatement-emptySize+1))))
	add("empty", "no statement", "malformed", nil)
	return vs
}

func badLinks() []recordtest.Vector {
	bakery := public("the bakery")
	return []recordtest.Vector{
		vector("link-tag-2", "recipient tag 2", "malformed", agreed(to(bakery, 1, 0, 0), func(s *statement) { s.tag = 2 })),
		vector("link-n-0", "a recipient and place 0", "malformed", agreed(to(bakery, 0, 0, 0))),
		vector("link-n-0-sent", "place 0 after a statement", "malformed", agreed(to(bakery, 0, 4, 0))),
		vector("link-n-1-sent", "the first of its chain after another", "malformed", agreed(to(bakery, 1, 4, 0))),
		vector("link-n-2-none", "the second of its chain after none", "malformed", agreed(to(bakery, 2, 0, 5))),
		vector("link-count-0", "epoch 1 without a count", "malformed", agreed(to(bakery, 1<<32, 4, 0))),
		vector("link-count-0-none", "epoch 1 without a count, after none", "malformed", agreed(to(bakery, 1<<32, 0, 0))),
		vector("link-epoch-2-none", "the second of epoch 1 after none", "malformed", agreed(to(bakery, 1<<32|2, 0, 5))),
		vector("recipient-zero", "to the key of zeros", "key", agreed(to(make([]byte, 32), 1, 0, 0))),
		vector("recipient-small-order", "to a key of order 8", "key", agreed(to(torsion(3).Bytes(), 1, 0, 0))),
		vector("recipient-non-canonical", "to a key with y written as p + 3", "key", agreed(to(encodeY(0xf0, false), 1, 0, 0))),
		vector("recipient-alone", "to its only signer", "malformed", noted(to(public("alice"), 1, 0, 0))),
		vector("recipient-cut", "it ends within the recipient", "malformed", whole(say(one(author, "alice"), to(bakery, 1, 0, 0))[:80])),
	}
}

func badRecords() []recordtest.Vector {
	st := say(pair(), to(public("the bakery"), 1, 0, 0))
	alice, bakery := signed(st, first, "alice"), signed(st, second, "the bakery")
	good := whole(st, alice, bakery)
	patched := func(at int, b ...byte) []byte {
		out := append([]byte{}, good...)
		copy(out[at:], b)
		return out
	}
	huge := whole(nil)
	binary.BigEndian.PutUint32(huge[9:], maxStatement+1)
	smallKey := alice
	smallKey.key = torsion(1).Bytes()
	long := alice
	long.delegation = make([]byte, 1025)
	swapped := bakery
	swapped.bytes = alice.bytes
	vs := []recordtest.Vector{
		vector("empty", "no bytes", "malformed", nil),
		vector("other-magic", "it doesn't begin with byway-re", "malformed", patched(0, []byte("byway-xx")...)),
		vector("version-0", "framing version 0", "version", patched(8, 0)),
		vector("version-2", "framing version 2", "version", patched(8, 2)),
		vector("statement-claims-more", "the statement's length is past its bound", "too large", huge),
		vector("statement-claims-less", "the statement claims a byte less than it has", "malformed", patched(12, byte(len(st)-1))),
		vector("bytes-after", "a byte after the last signature", "malformed", append(append([]byte{}, good...), 0)),
		vector("too-large", "more bytes than any record has", "too large", append(append([]byte{}, good...), make([]byte, 60<<10)...)),
		vector("no-signatures", "signed by nobody", "incomplete", whole(st)),
		vector("five-signatures", "five signatures", "malformed", whole(st, alice, alice, alice, alice, alice)),
		vector("fewer-signatures", "it claims two signatures and has one", "malformed", patched(13+len(st), 2)[:len(good)-99]),
		vector("signature-doubled", "one signature twice", "signer", whole(st, alice, alice)),
		vector("signatures-backwards", "signatures out of order", "signer", whole(st, bakery, alice)),
		vector("role-not-listed", "signed in a role that isn't listed", "signer", whole(st, signed(st, author, "alice"))),
		vector("role-of-the-other", "signed in the other party's role", "signer", whole(st, signed(st, second, "alice"))),
		vector("key-not-listed", "signed by a key that isn't listed", "signer", whole(st, signed(st, first, "bob"))),
		vector("key-of-small-order", "signed by a key of order 8", "key", whole(st, smallKey, bakery)),
		vector("signature-of-the-other", "the first party's signature in the second's place", "signature", whole(st, alice, swapped)),
		vector("second-bad", "the first signature good, the second not", "signature", whole(st, alice, signature{second, bakery.key, nil, make([]byte, 64)})),
		vector("long-delegation", "a delegation of 1025 bytes", "too large", whole(st, long, bakery)),
	}
	for _, cut := range []int{1, 7, 8, 9, 12, 13, 40, 13 + len(st), 14 + len(st), 100 + len(st), len(good) - 1} {
		vs = append(vs, vector(fmt.Sprintf("cut-%03d", cut), fmt.Sprintf("the first %d bytes of a good record", cut), "malformed", good[:cut]))
	}
	return vs
}
