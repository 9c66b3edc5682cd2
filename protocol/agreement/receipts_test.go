package agreement

import (
	"slices"
	"testing"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// twoReceipts has alice sign one, lose it, and sign another about the same.
func (w *two) twoReceipts(t *testing.T) (id record.ID, first, second record.Verified) {
	t.Helper()
	id = w.proffer(t).ID()
	before := slices.Clone(w.aliceLog.entries[id])
	w.acknowledge(t, id)
	first = w.aliceLog.entries[id][len(before)].Rec
	w.aliceLog.entries[id] = before
	w.boot(t)
	w.clock.forward(time.Hour)
	w.acknowledge(t, id)
	return id, first, w.aliceLog.entries[id][len(before)].Rec
}

// holds reports whether entries have a record.
func holds(es []record.Entry, id record.ID) bool {
	return slices.ContainsFunc(es, func(e record.Entry) bool { return !e.Rec.IsZero() && e.Rec.ID() == id })
}

// A receipt has a place in the chain, which is empty for good where it isn't kept.
func TestAReceiptThatSaysNothingNewIsKept(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	id, first, second := w.twoReceipts(t)
	if first.ID() == second.ID() {
		t.Fatal("it is the same receipt: nothing is tested")
	}
	for name, v := range map[string]record.Verified{"first": first, "second": second} {
		if !holds(w.bakeryLog.entries[id], v.ID()) {
			t.Errorf("the bakery doesn't keep the %s", name)
		}
	}
	if into, err := w.alice.Recover(t.Context(), first, time.Time{}); err != nil || len(into) != 1 || !holds(w.aliceLog.entries[id], first.ID()) {
		t.Errorf("what she said first comes back into %v, %v", into, err)
	}
	kept := w.aliceLog.count() + w.bakeryLog.count()
	if _, err := w.alice.Recover(t.Context(), second, time.Time{}); err != nil {
		t.Error(err)
	}
	b, err := request{rec: second.Bytes()}.encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.bakery.Handle(t.Context(), b); err != nil {
		t.Error(err)
	}
	if after := w.aliceLog.count() + w.bakeryLog.count(); after != kept {
		t.Errorf("held already, it added %d entries", after-kept)
	}
	w.boot(t)
	for who, log := range map[string]*memJournal{"alice": w.aliceLog, "the bakery": w.bakeryLog} {
		if a, err := Fold(log.entries[id]); err != nil || len(a.receipts[First-1]) != 2 {
			t.Errorf("%s: %d receipts, %v; want both", who, len(a.receipts[First-1]), err)
		}
	}
}

func TestReceiptsThatSayNothingNewAreBounded(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	id := w.proffer(t).ID()
	_, b := w.sides(t, id)
	whole := b.whole.m.Rec
	by := signer(t, "alice")
	rs := []Received{{ID: id, Sum: whole.Record().Sum(), Proffer: id}}
	for n := range uint64(maxReceipts + 2) {
		d, err := receiptDraft(First, w.aliceKey, w.bakeryKey, rs, record.Link{N: 2 + n, Sent: id})
		if err != nil {
			t.Fatal(err)
		}
		r, err := sign(t.Context(), d, by)
		if err != nil {
			t.Fatal(err)
		}
		req, err := request{rec: r.Bytes()}.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.bakery.Handle(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	if _, b := w.sides(t, id); len(b.receipts[First-1]) != maxReceipts {
		t.Errorf("%d are kept, want %d", len(b.receipts[First-1]), maxReceipts)
	}
}

// The receipt that she signed before a loss comes back while another waits to go out.
func TestWhatWasAcknowledgedMeanwhileIsntAcknowledgedTwice(t *testing.T) {
	w := newTwo(t, Decision{Kind: Accept}, Decision{})
	id := w.proffer(t).ID()
	before := slices.Clone(w.aliceLog.entries[id])
	a, _ := w.sides(t, id)
	batch := a.owed()
	w.acknowledge(t, id)
	first := w.aliceLog.entries[id][len(before)].Rec
	w.aliceLog.entries[id] = before
	w.boot(t)
	if _, err := w.alice.Recover(t.Context(), first, time.Time{}); err != nil {
		t.Fatal(err)
	}
	kept := w.aliceLog.count()
	if err := w.alice.receipt(t.Context(), pair{First, w.aliceKey, w.bakeryKey}, batch); err != nil {
		t.Fatal(err)
	}
	if after := w.aliceLog.count(); after != kept {
		t.Errorf("%d more entries: she said it twice", after-kept)
	}
}
