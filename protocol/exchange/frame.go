package exchange

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/bywaynet/byway/protocol/answer"
)

// kind says what a frame is. It travels: append-only.
type kind uint8

const (
	kindHello    kind = 1 // asker → answerer: the version of the framing
	kindHelloAck kind = 2 // answerer → asker: the same version, once it is accepted
	kindRequest  kind = 3 // asker → answerer: a request's bytes
	kindResponse kind = 4 // answerer → asker: a response's bytes
	kindRefused  kind = 5 // answerer → asker: a status and a text
	kindTurned   kind = 6 // answerer → asker: a reset code, for this exchange alone
	kindCancel   kind = 7 // asker → answerer: nobody waits for this exchange
	kindBye      kind = 8 // answerer → asker: all up to this exchange is answered, no later one was taken up
	kindsKnown   kind = 9
)

const (
	headerSize  = 9 // length 4, kind 1, number 4, big-endian
	version     = 1 // of the framing: the body of hello and helloAck
	maxUnknown  = 1 << 10
	statusSize  = 2
	codeSize    = 4
	helloSize   = 1
	refusedSize = statusSize + answer.MaxText
)

// errViolation says that the peer's bytes aren't frames of ours. The stream is reset.
var errViolation = errors.New("framing violated")

// header is the fixed part of a frame.
type header struct {
	kind   kind
	number uint32 // of the exchange; 0 in hello and helloAck
	length int    // of the body, in bytes
}

func appendHeader(b []byte, h header) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(h.length)) // at most MaxBody
	b = append(b, byte(h.kind))
	return binary.BigEndian.AppendUint32(b, h.number)
}

// span is the range of lengths of a kind's body; max is -1 for a kind that this side
// never gets.
type span struct{ min, max int }

// grammar is what one side of a stream accepts, by kind.
type grammar [kindsKnown]span

// askerGrammar is what an asker gets from the answerer.
func askerGrammar(p Protocol) grammar {
	return grammar{
		0: {0, -1}, kindHello: {0, -1}, kindRequest: {0, -1}, kindCancel: {0, -1},
		kindHelloAck: {helloSize, helloSize},
		kindResponse: {0, p.MaxResponse},
		kindRefused:  {statusSize, refusedSize},
		kindTurned:   {codeSize, codeSize},
		kindBye:      {0, 0},
	}
}

// answererGrammar is what an answerer gets from the asker.
func answererGrammar(p Protocol) grammar {
	return grammar{
		0: {0, -1}, kindHelloAck: {0, -1}, kindResponse: {0, -1}, kindRefused: {0, -1}, kindTurned: {0, -1}, kindBye: {0, -1},
		kindHello:   {helloSize, helloSize},
		kindRequest: {0, p.MaxRequest},
		kindCancel:  {0, 0},
	}
}

// parse reads a header and holds it against the bounds, before anything is allocated
// for the body. b has headerSize bytes.
func (g grammar) parse(b []byte) (header, error) {
	length := binary.BigEndian.Uint32(b)
	h := header{kind: kind(b[4]), number: binary.BigEndian.Uint32(b[5:])}
	bound := span{0, maxUnknown}
	if h.kind < kindsKnown {
		bound = g[h.kind]
	}
	if bound.max < 0 {
		return header{}, fmt.Errorf("%w: a frame of kind %d from this side", errViolation, h.kind)
	}
	if uint64(length) < uint64(bound.min) || uint64(length) > uint64(bound.max) {
		return header{}, fmt.Errorf("%w: a body of %d bytes in a frame of kind %d, want %d to %d", errViolation, length, h.kind, bound.min, bound.max)
	}
	h.length = int(length)
	if !h.numbered() {
		return header{}, fmt.Errorf("%w: exchange number %d in a frame of kind %d", errViolation, h.number, h.kind)
	}
	return h, nil
}

// numbered reports whether the exchange number fits the kind: none in what is about
// the hello, which may be refused or turned away too.
func (h header) numbered() bool {
	switch h.kind {
	case kindHello, kindHelloAck:
		return h.number == 0
	case kindRequest, kindResponse, kindCancel:
		return h.number != 0
	}
	return true
}

// appendRefused encodes the body of a refused frame; the text is cut to its bound,
// and to whole UTF-8.
func appendRefused(b []byte, r *answer.Refusal) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(r.Status))
	return append(b, cleanText(r.Text)...)
}

func parseRefused(b []byte) (answer.Outcome, error) {
	s := answer.Status(binary.BigEndian.Uint16(b))
	if s == answer.OK {
		return answer.Outcome{}, fmt.Errorf("%w: refused with status ok", errViolation)
	}
	return answer.Outcome{Said: s, Text: cleanText(string(b[statusSize:]))}, nil
}

func appendTurned(b []byte, c answer.ResetCode) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(c))
}

func parseTurned(b []byte) (answer.Outcome, error) {
	c := answer.ResetCode(binary.BigEndian.Uint32(b))
	if c == answer.NotTurned {
		return answer.Outcome{}, fmt.Errorf("%w: turned away without a code", errViolation)
	}
	return answer.Outcome{Turned: c}, nil
}
