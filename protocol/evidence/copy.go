package evidence

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record"
)

// Copy is what one party shows of an agreement: a bundle, or one record alone.
type Copy struct {
	bundle Bundle // zero where it is a record
	thread record.ID
	all    []record.Verified
	bytes  []byte
}

// IsBundle reports whether data begins as a bundle does, rather than as a record.
func IsBundle(data []byte) bool { return len(data) >= len(magic) && string(data[:len(magic)]) == magic }

// ReadCopy reads a bundle or a record, verified and judged at a time, and keeps data.
// Errors: those of Parse and record.Verify.
func ReadCopy(data []byte, at time.Time) (Copy, error) {
	if IsBundle(data) {
		b, err := Parse(data, at)
		return Copy{bundle: b, thread: b.thread, all: b.records, bytes: data}, err
	}
	v, err := record.Verify(data, record.Want{At: at})
	if err != nil {
		return Copy{}, err
	}
	return Copy{thread: said(v).thread, all: []record.Verified{v}, bytes: data}, nil
}

func (c Copy) isBundle() bool { return c.bundle.bytes != nil }

// saying is what a record of the agreement protocol says, as far as two copies are compared by it.
type saying struct {
	kind   string
	thread record.ID
	body   *bywayv1.AgreementBody
	text   string
}

// said reads a record without judging it; what isn't of the agreement protocol goes by its type.
func said(v record.Verified) saying {
	st := v.Statement()
	x := saying{kind: "statement of type " + string(st.Type())}
	switch st.Type() {
	case agreement.TypeBody:
		var m bywayv1.AgreementBody
		_ = proto.Unmarshal(st.Payload(), &m) // what can't be read says nothing
		x.kind, x.thread, x.body = "proffer", v.ID(), &m
		if id, ok := idOf(m.GetAnswers()); ok {
			x.kind, x.thread = "alternative", id
		}
		if v.Complete() {
			x.kind = "accept"
		}
	case agreement.TypeAcceptance:
		x.kind, x.thread = "acceptance", v.ID()
	case agreement.TypeDecline:
		var m bywayv1.Decline
		_ = proto.Unmarshal(st.Payload(), &m) // as above
		x.kind, x.text = "decline", m.GetText()
		x.thread, _ = idOf(m.GetBody())
		if id, ok := idOf(m.GetProffer()); ok {
			x.thread = id
		}
	case agreement.TypeEnd:
		var m bywayv1.End
		_ = proto.Unmarshal(st.Payload(), &m) // as above
		x.kind, x.text = "end", m.GetText()
		x.thread, _ = idOf(m.GetBody())
	case agreement.TypeReceipt:
		x.kind = "receipt"
	}
	return x
}

func idOf(b []byte) (record.ID, bool) {
	id, err := record.IDFromBytes(b)
	return id, err == nil
}

// describe says what v is, by whom.
func describe(v record.Verified) string {
	x := said(v)
	by := "key " + v.Statement().Author().Short()
	if s, ok := v.SignedAs(record.RoleFirst); ok && s == v.Statement().Author() {
		by = "the person"
	}
	if s, ok := v.SignedAs(record.RoleSecond); ok && s == v.Statement().Author() {
		by = "the organisation"
	}
	article := "a"
	if x.kind == "end" || x.kind == "alternative" || x.kind == "accept" || x.kind == "acceptance" {
		article = "an"
	}
	out := fmt.Sprintf("%s %s by %s (%s)", article, x.kind, by, v.ID())
	if x.kind == "accept" {
		out = fmt.Sprintf("the body that both signed (%s)", v.ID())
	}
	if x.text != "" {
		out += fmt.Sprintf(", saying %q", x.text)
	}
	return out
}
