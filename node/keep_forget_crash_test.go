package node

import (
	"path/filepath"
	"strings"
	"testing"
)

// A node that dies between the forgetting and the new backups leaves none that has the value unsaid.
func TestAForgettingThatWasCutOffIsOwedAllTheSame(t *testing.T) {
	c := Config{Dir: t.TempDir(), Safe: SafeUnsealed}
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.Close() }()
	r, err := n.live()
	if err != nil {
		t.Fatal(err)
	}
	owed := func() bool {
		t.Helper()
		notes, err := owner{r}.owed(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(notes) == 1 && strings.Contains(notes[0].Text, "still have it")
	}
	cut := fields{running: r} // it makes no backups
	if err := cut.Set(t.Context(), "address", []byte("12 Mill Lane")); err != nil {
		t.Fatal(err)
	}
	usb := filepath.Join(t.TempDir(), "usb")
	if _, err := (keeping{r}).Backup(t.Context(), usb, false, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := cut.Forget(t.Context(), []string{"phone"}, false); err == nil || owed() {
		t.Errorf("what isn't there: %v, owed %v", err, owed())
	}
	if _, err := cut.Forget(t.Context(), []string{"address"}, false); err != nil || !owed() {
		t.Errorf("what is there: %v, owed %v", err, owed())
	}
	m, err := keeping{r}.Backup(t.Context(), usb, false, nil)
	if err != nil || !strings.Contains(m.Why, "-0001-full.age") || owed() {
		t.Errorf("the next backup says %q (%v), owed %v", m.Why, err, owed())
	}
}
