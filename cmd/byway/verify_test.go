package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/record/recordtest"
	"github.com/bywaynet/byway/protocol/terms"
)

func TestAnyBitChangedIsRefused(t *testing.T) {
	whole := breadRecord(t)
	a := at(noon)
	if f, err := a.verify(bytes.Clone(whole)); err != nil || !f.Complete {
		t.Fatalf("the record itself: %+v, %v", f, err)
	}
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			if _, err := a.verify(b); err == nil {
				t.Errorf("bit %d of byte %d changed: accepted", bit, i)
			}
		}
	}
}

func TestAnyBytesMissingOrAddedAreRefused(t *testing.T) {
	whole := breadRecord(t)
	a := at(noon)
	for n := range whole {
		if _, err := a.verify(bytes.Clone(whole[:n])); err == nil {
			t.Errorf("the first %d bytes: accepted", n)
		}
	}
	if _, err := a.verify(append(bytes.Clone(whole), 0)); err == nil {
		t.Error("a byte more: accepted")
	}
}

func TestRefusalsArePlain(t *testing.T) {
	whole := breadRecord(t)
	changed := bytes.Clone(whole)
	changed[len(changed)-1] ^= 1
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"changed":   {changed, "a signature doesn't fit what is said"},
		"cut":       {whole[:40], "it isn't a whole, unchanged record"},
		"empty":     {nil, "it isn't a whole, unchanged record"},
		"a picture": {[]byte("\x89PNG\r\n\x1a\n"), "it isn't a whole, unchanged record"},
		"too large": {make([]byte, 1<<20), "it is larger than any record"},
	} {
		_, err := at(noon).verify(c.b)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if got := refusal(err); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTermsOffTheRosterAreNotPutInWords(t *testing.T) {
	body := breadBody(t)
	body.Terms.Version = "99"
	f, err := at(noon).verify(signedBread(t, body, recordtest.Signer("alice"), recordtest.Signer("the bakery")))
	if err != nil {
		t.Fatal(err)
	}
	var p page
	at(noon).verdictPage(&p, "bread.byway", f)
	if !strings.Contains(p.String(), "roster doesn't list byway-") || strings.Contains(p.String(), "It may:") {
		t.Errorf("got\n%s", p.String())
	}
	if v := verdictOf(f); v.TermsKnown || v.Terms != "SD-BASE" {
		t.Errorf("got %+v", v)
	}
}

func TestOneSideAloneIsNoAgreement(t *testing.T) {
	f, err := at(noon).verify(signedBread(t, breadBody(t), recordtest.Signer("alice")))
	if err != nil {
		t.Fatal(err)
	}
	var p page
	at(noon).verdictPage(&p, "bread.byway", f)
	if f.Complete || f.Kind != agreement.KindProffer || !strings.Contains(p.String(), "This is no agreement") {
		t.Errorf("got %+v\n%s", f, p.String())
	}
	if strings.Contains(p.String(), "agreed to") {
		t.Errorf("it says that they agreed:\n%s", p.String())
	}
}

func TestANameInARecordCantMoveTheCursor(t *testing.T) {
	f := agreement.Facts{Kind: agreement.KindAccept, Complete: true}
	f.Body.SecondName = "The Bakery\u202e"
	f.Body.Terms = terms.Ref{Roster: "r", ID: "X", Version: "1"}
	var p page
	at(noon).verdictPage(&p, "x", f)
	if strings.ContainsRune(p.String(), '\u202e') {
		t.Errorf("got %q", p.String())
	}
}
