package intention

import (
	"bytes"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/bywaynet/byway/protocol/record"
)

// What a record with one signature, without recipient or delegation, adds to its
// payload, less the type's name: see the layouts in protocol/record/SPEC.md.
const (
	statementFrame = 8 + 1 + 1 + 1 + 1 + 33 + 1 + 4 // magic, version, type's length, version, signers, signer, recipient, payload's length
	recordFrame    = 8 + 1 + 4 + 1 + 33 + 2 + record.SignatureSize
)

// payloadSize is the one size of a payload of type t, in bytes.
func payloadSize(t record.Type) int { return FormSize - recordFrame - statementFrame - len(t) }

// minPadding keeps the padding's length in two bytes. A protobuf field of n bytes has
// its length in one byte below 128 and in two from 128 to 16,383, and is left out at
// 0: so a field that may shrink to nothing can't fill a gap of any size (1 and 2, or the
// step at 128). One that never has less than 128 bytes can.
const minPadding = 128

// pad encodes m, whose padding is still empty, to exactly the payload size of t; set
// puts the padding in, whose field has a tag of the given size. It fails with
// record.ErrTooLarge where less than minPadding would be left.
func pad(m proto.Message, t record.Type, tag int, set func([]byte)) ([]byte, error) {
	o := proto.MarshalOptions{Deterministic: true}
	n := payloadSize(t) - o.Size(m) - tag - 2
	if n < minPadding {
		return nil, fmt.Errorf("%w: %d bytes over what a cast holds: try fewer words, wishes or roads", record.ErrTooLarge, minPadding-n)
	}
	set(make([]byte, n))
	b, err := o.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return b, nil
}

// oneForm holds that b is what its own content encodes to. It leaves no room for
// unknown fields, fields out of order or doubled, long varints, or other padding.
func oneForm(b []byte, encode func() ([]byte, error)) error {
	want, err := encode()
	if err != nil {
		return err
	}
	if !bytes.Equal(b, want) {
		return fmt.Errorf("%w: the same content is written otherwise", ErrForm)
	}
	return nil
}
