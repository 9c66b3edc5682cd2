package main

import (
	"strings"
	"testing"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func TestForgettingSaysWhatWasDoneAndWhatWasnt(t *testing.T) {
	var p page
	forgottenPage(&p, &localv1.ForgetFieldsResponse{
		Categories: []string{"address", "phone\x1b[2J"}, Kept: "forgotten, but its sealed row stays",
		Backups: []*localv1.RenewedBackups{
			{Folder: "/usb", Made: "0003-full.age", Deleted: []string{"0001-full.age", "0002-part.age"}},
			{Folder: "/gone", Failed: "no such folder"},
		},
	})
	for _, want := range []string{
		"forgotten for good: address, phone\uFFFD[2J\n", "forgotten, but its sealed row stays\n", "backed up anew: /usb/0003-full.age\n",
		"deleted: /usb/0001-full.age\n", "deleted: /usb/0002-part.age\n", "! the backups in /gone still have it: no such folder\n",
		"the next \"byway backup /gone\" makes a new one there and deletes them",
		"Copies of older backups elsewhere still open with your 24 words, and have it: delete them too.\n",
		"Agreements that committed to it still verify, as does what you proved before; nothing new can be proven.\n",
	} {
		if !strings.Contains(p.String(), want) {
			t.Errorf("it doesn't say %q:\n%s", want, p.String())
		}
	}
}

func TestAValueIsTypedOrRead(t *testing.T) {
	for _, c := range []struct {
		name  string
		args  []string
		stdin string
		want  string
	}{
		{"typed", []string{"name", "Alice"}, "Bob", "Alice"},
		{"read", []string{"name"}, "Alice\n", "Alice"},
		{"read by a dash", []string{"name", "-"}, "Alice", "Alice"},
		{"lines", []string{"address"}, "1 Mill Lane\nTown\n", "1 Mill Lane\nTown"},
		{"lines of another system", []string{"address"}, "1 Mill Lane\r\nTown\r\n", "1 Mill Lane\nTown"},
		{"an empty line at the end is meant", []string{"note"}, "x\n\n", "x\n"},
	} {
		a := &app{in: strings.NewReader(c.stdin)}
		if got, err := a.valueOf(c.args); err != nil || got != c.want {
			t.Errorf("%s: %q (%v), want %q", c.name, got, err, c.want)
		}
	}
}
