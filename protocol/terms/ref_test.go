package terms

import (
	"errors"
	"strings"
	"testing"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
)

var (
	plainRef  = Ref{Roster: "byway-2026-1", ID: "SD-BASE", Version: "1"}
	hashedRef = Ref{Roster: "byway-2026-1", ID: "SD-BASE-ATP-S3P", Version: "1.2", Text: [32]byte{0: 0xab, 31: 1}}
)

func TestRefIsReadAsWritten(t *testing.T) {
	for _, r := range []Ref{plainRef, hashedRef} {
		got, err := ParseRef(r.String())
		if err != nil || got != r {
			t.Errorf("ParseRef(%q) = %v, %v", r, got, err)
		}
		got, err = FromWire(ToWire(r))
		if err != nil || got != r {
			t.Errorf("FromWire(ToWire(%q)) = %v, %v", r, got, err)
		}
	}
	if got := plainRef.String(); got != "byway-2026-1/SD-BASE@1" {
		t.Errorf("String() = %q", got)
	}
	if (Ref{}).String() != "" || ToWire(Ref{}) != nil {
		t.Error("the zero Ref is written as something")
	}
}

func TestBadRefTextIsRefused(t *testing.T) {
	for name, s := range map[string]string{
		"empty":               "",
		"an id alone":         "SD-BASE",
		"no version":          "byway-2026-1/SD-BASE",
		"empty version":       "byway-2026-1/SD-BASE@",
		"empty roster":        "/SD-BASE@1",
		"id in small letters": "byway-2026-1/sd-base@1",
		"roster in capitals":  "Byway-2026/SD-BASE@1",
		"a space":             "byway-2026-1/SD-BASE @1",
		"a second slash":      "byway-2026-1/SD/BASE@1",
		"not ASCII":           "byway-2026-1/SD-BASÉ@1",
		"a short hash":        plainRef.String() + "#abcd",
		"an empty hash":       plainRef.String() + "#",
		"a hash of zeros":     plainRef.String() + "#" + strings.Repeat("0", 64),
		"a hash in capitals":  strings.ReplaceAll(hashedRef.String(), "#ab", "#AB"),
		"a hash too long":     hashedRef.String() + "00",
		"a roster too long":   strings.Repeat("a", MaxRosterName+1) + "/SD-BASE@1",
		"an id too long":      "byway-2026-1/" + strings.Repeat("A", MaxID+1) + "@1",
		"a version too long":  "byway-2026-1/SD-BASE@" + strings.Repeat("1", MaxVersion+1),
		"endless":             strings.Repeat("a", 1<<20),
	} {
		if r, err := ParseRef(s); !errors.Is(err, ErrRef) || !r.IsZero() {
			t.Errorf("%s: ParseRef = %v, %v; want ErrRef", name, r, err)
		}
	}
}

func TestBadRefMessageIsRefused(t *testing.T) {
	for name, m := range map[string]*bywayv1.TermsRef{
		"nil":             nil,
		"empty":           {},
		"no roster":       {Id: "SD-BASE", Version: "1"},
		"no version":      {Roster: "byway-2026-1", Id: "SD-BASE"},
		"a newline":       {Roster: "byway-2026-1", Id: "SD-BASE\n", Version: "1"},
		"a short hash":    {Roster: "byway-2026-1", Id: "SD-BASE", Version: "1", TextSha256: make([]byte, 31)},
		"a hash of zeros": {Roster: "byway-2026-1", Id: "SD-BASE", Version: "1", TextSha256: make([]byte, 32)},
	} {
		if r, err := FromWire(m); !errors.Is(err, ErrRef) || !r.IsZero() {
			t.Errorf("%s: FromWire = %v, %v; want ErrRef", name, r, err)
		}
	}
}
