package steward

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// item is one kept message, less its bytes.
type item struct {
	seq     uint64
	id      record.ID // of its statement
	subject [32]byte  // who says it: a cast's key, an organisation's key
	kind    byte
	// sequence is a card's own; 0 for others.
	sequence uint64
	expires  time.Time
	tops     []category.Path
}

const (
	kindCast       = 1
	kindWithdrawal = 2
	kindCard       = 3

	itemFixed = 1 + 8 + 8 + 32 + 32 + 1
)

func (i item) dealsIn(top category.Path) bool {
	if top.IsZero() {
		return true
	}
	for _, t := range i.tops {
		if t == top {
			return true
		}
	}
	return false
}

// row is the item's row: kind (1) ‖ sequence (8) ‖ expires, Unix ms (8) ‖ id (32) ‖
// subject (32) ‖ number of tops (1) ‖ each: length (1), word ‖ the message's bytes.
func (i item) row(table store.Table, room record.ID, message []byte) store.Row {
	b := make([]byte, 0, itemFixed+64*len(i.tops)+len(message))
	b = append(b, i.kind)
	b = binary.BigEndian.AppendUint64(b, i.sequence)
	b = binary.BigEndian.AppendUint64(b, uint64(i.expires.UnixMilli()))
	b = append(append(b, i.id[:]...), i.subject[:]...)
	b = append(b, byte(len(i.tops)))
	for _, t := range i.tops {
		b = append(append(b, byte(len(t.String()))), t.String()...)
	}
	return store.Row{Table: table, Key: rowKey(room, i.seq), Value: append(b, message...)}
}

// readRow takes a row apart; the message is a part of the row's value.
func readRow(r store.Row) (i item, message []byte, err error) {
	b := r.Value
	if len(r.Key) != 32+8 || len(b) < itemFixed {
		return item{}, nil, fmt.Errorf("%w: a row of %d bytes in %s", store.ErrCorrupt, len(b), r.Table)
	}
	i = item{
		seq: binary.BigEndian.Uint64(r.Key[32:]), kind: b[0], sequence: binary.BigEndian.Uint64(b[1:]),
		expires: time.UnixMilli(int64(binary.BigEndian.Uint64(b[9:]))), id: record.ID(b[17:49]), subject: [32]byte(b[49:81]),
	}
	n := int(b[81])
	b = b[itemFixed:]
	for range n {
		if len(b) < 1 || len(b) < 1+int(b[0]) {
			return item{}, nil, fmt.Errorf("%w: a row of %s is cut short", store.ErrCorrupt, r.Table)
		}
		t, err := category.Parse(string(b[1 : 1+int(b[0])]))
		if err != nil {
			return item{}, nil, fmt.Errorf("%w: a row of %s: %w", store.ErrCorrupt, r.Table, err)
		}
		i.tops, b = append(i.tops, t), b[1+int(b[0]):]
	}
	return i, b, nil
}

func rowKey(room record.ID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 40), room[:]...), seq)
}
