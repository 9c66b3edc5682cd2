package store

import (
	"context"
	"errors"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
)

func TestDamagedRowsAreToldNotServed(t *testing.T) {
	alice, err := record.NewSigner([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	st, err := record.New(record.Draft{Type: "test.saying", Signers: []record.Signatory{{Role: record.RoleAuthor, Key: alice.Key()}}, Payload: []byte("ten")})
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.SignBy(t.Context(), st, alice)
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(record.Want{})
	if err != nil {
		t.Fatal(err)
	}
	row := encodeEntry(record.Entry{Rec: v})
	other := append([]byte(nil), row...)
	other[len(other)-1] ^= 1 // still a record in its one valid form
	subject := v.ID()
	for _, c := range []struct {
		name       string
		key, value []byte
	}{
		{"a record with one bit changed", entryKey(v.ID(), 0), other},
		{"a record gone", entryKey(v.ID(), 0), row[:len(row)-len(v.Bytes())]},
		{"an entry gone", entryKey(subject, 0), nil},
		{"an entry cut", entryKey(subject, 0), []byte{1}},
		{"a subject's row cut", subjectKey(subject), []byte{1}},
	} {
		m := NewMemory()
		if err := m.Append(t.Context(), subject, 0, []record.Entry{{Rec: v}}); err != nil {
			t.Fatal(err)
		}
		m.rows.set(string(c.key), c.value)
		if es, err := m.Entries(context.Background(), subject); !errors.Is(err, ErrCorrupt) || es != nil {
			t.Errorf("%s: %d entries, %v; want ErrCorrupt", c.name, len(es), err)
		}
	}
}
