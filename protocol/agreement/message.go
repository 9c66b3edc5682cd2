package agreement

import (
	"fmt"
	"slices"

	"github.com/bywaynet/byway/protocol/record"
)

// Kind is what a message does.
type Kind uint8

// The kinds of message.
const (
	KindProffer     Kind = iota + 1 // a body signed by the first party alone
	KindAccept                      // a body, proffered or alternative, signed by both
	KindAlternative                 // a body that answers a proffer, signed by the second party alone
	KindAcceptance                  // of an open proffer, by the second party: complete by itself
	KindDecline                     // of a body, by who was to countersign it
	KindEnd                         // of a thread, by either
	KindReceipt                     // of whole records, by who holds them
)

var kindNames = [...]string{"", "proffer", "accept", "alternative", "acceptance", "decline", "end", "receipt"}

// String returns the kind in a word.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Message is a verified record read as one kind. Only Read makes one.
type Message struct {
	Kind Kind
	Rec  record.Verified
	// First and Second are the parties of a body or acceptance; of another message the
	// one that said it is set, and the other is the recipient.
	First, Second record.Key
	// By is the side that said it last: who signed, or who completed.
	By Side
	// Body is set in a proffer, accept, alternative and, from the carrier, acceptance.
	Body Body
	// About is the body that a decline declines, or the proffer or acceptance that an end ends.
	About  record.ID
	Reason Reason
	Text   string
	// Received are the records that a receipt names.
	Received []Received
	// Carrier is the record with the open proffer that an acceptance completes.
	Carrier record.Verified

	thread  record.ID     // the proffer that About answers, where About isn't the proffer itself
	carrier record.Record // Carrier before it was verified
}

// Received names one record that is held whole.
type Received struct {
	ID  record.ID
	Sum [32]byte // sha256 of the whole record
	// Proffer is the thread that it belongs to: the proffer's or acceptance's id.
	Proffer record.ID
}

// threads returns the ids of all that it is about, each once.
func (m Message) threads() (ids []record.ID) {
	if m.Kind != KindReceipt {
		return []record.ID{m.Thread()}
	}
	for _, r := range m.Received { // MaxReceived at most
		if !slices.Contains(ids, r.Proffer) {
			ids = append(ids, r.Proffer)
		}
	}
	return ids
}

// Thread returns the id of the proffer or acceptance that the message is about; zero
// for a receipt, which may be about several.
func (m Message) Thread() record.ID {
	switch m.Kind {
	case KindProffer, KindAcceptance:
		return m.Rec.ID()
	case KindAccept, KindAlternative:
		if !m.Body.Answers.IsZero() {
			return m.Body.Answers
		}
		return m.Rec.ID()
	case KindDecline:
		if !m.thread.IsZero() {
			return m.thread
		}
		return m.About
	case KindEnd:
		return m.About
	}
	return record.ID{}
}

// key returns the key of one side.
func (m Message) key(s Side) record.Key {
	if s == First {
		return m.First
	}
	return m.Second
}

// Side is a party's place in an agreement. The zero Side is nobody, or not known.
type Side uint8

// The sides.
const (
	First  Side = 1 // the person
	Second Side = 2 // the organisation
)

// String returns the side in words.
func (s Side) String() string {
	switch s {
	case First:
		return "the person"
	case Second:
		return "the organisation"
	}
	return "nobody"
}

// Other returns the side across.
func (s Side) Other() Side {
	if s == 0 {
		return 0
	}
	return 3 - s
}

func (s Side) role() record.Role {
	if s == First {
		return record.RoleFirst
	}
	return record.RoleSecond
}

// Read returns v as a message. Errors: ErrType, ErrVersion, ErrMalformed, ErrSigner
// for a body without the signature of who made it, and for an acceptance what the
// verify gate says of its carrier.
func Read(v record.Verified) (Message, error) {
	m, err := read(v.Record())
	if err != nil {
		return Message{}, err
	}
	return m.verified(v)
}

// verified completes a message that was read before its signatures were verified.
func (m Message) verified(v record.Verified) (Message, error) {
	m.Rec = v
	if m.Kind != KindAcceptance {
		return m, nil
	}
	carrier, err := m.carrier.Verify(record.Want{Complete: true})
	if err != nil {
		return Message{}, fmt.Errorf("the cast that it accepts: %w", err)
	}
	m.Carrier = carrier
	return m, nil
}

// read looks at the shape alone.
func read(r record.Record) (Message, error) {
	st := r.Statement()
	parse, ok := parsers[st.Type()]
	if !ok {
		return Message{}, fmt.Errorf("%w: %q", ErrType, st.Type())
	}
	if st.Version() != PayloadVersion {
		return Message{}, fmt.Errorf("%w: %d of %s", ErrVersion, st.Version(), st.Type())
	}
	return parse(r)
}
