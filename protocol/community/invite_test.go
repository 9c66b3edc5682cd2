package community

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/protocol/road"
)

func townInvite() Invite {
	return Invite{Community: record.ID{1, 2, 3}, Roads: town().Roads}
}

func text(t testing.TB, i Invite) string {
	t.Helper()
	s, err := i.Text()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAnInviteIsReadAsWrittenHoweverItWasCopied(t *testing.T) {
	want := townInvite()
	s := text(t, want)
	for _, copied := range []string{s, strings.ToUpper(s), " " + s + "\n", s[:30] + "\r\n  " + s[30:]} {
		if got, err := ParseInvite(copied); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v", copied, got, err)
		}
	}
}

func TestEverySlipInAnInviteIsFound(t *testing.T) {
	s := text(t, townInvite())
	for i := len(inviteScheme); i < len(s); i++ {
		for _, letter := range []byte("abz27") {
			if s[i] == letter {
				continue
			}
			slip := s[:i] + string(letter) + s[i+1:]
			if got, err := ParseInvite(slip); !errors.Is(err, ErrInvite) || len(got.Roads) > 0 {
				t.Fatalf("letter %d changed to %c: %+v, %v", i, letter, got, err)
			}
		}
		if _, err := ParseInvite(s[:i]); !errors.Is(err, ErrInvite) {
			t.Fatalf("cut to %d letters: %v", i, err)
		}
		if _, err := ParseInvite(s[:i] + s[i+1:]); !errors.Is(err, ErrInvite) {
			t.Fatalf("without letter %d: %v", i, err)
		}
	}
}

func sealed(body []byte) string {
	return inviteScheme + strings.ToLower(inviteText.EncodeToString(append(body, checksum(body)...)))
}

func TestABadInviteSaysWhatToDo(t *testing.T) {
	s := text(t, townInvite())
	for name, c := range map[string]struct{ text, says string }{
		"empty":               {"", "doesn't begin"},
		"another scheme":      {"https://byway.example/", "doesn't begin"},
		"nothing behind":      {"byway:", "cut short"},
		"a digit 1":           {s[:12] + "1" + s[13:], "letter 7"},
		"a letter beyond":     {s + "é", "none of a–z"},
		"a letter wrong":      {s[:12] + flip(s[12]) + s[13:], "copy it again"},
		"a newer version":     {sealed([]byte{9, 1, 2, 3}), "try a newer one"},
		"too long":            {s + strings.Repeat("a", MaxInvite), "at most"},
		"endless":             {strings.Repeat("a", 1<<20), "at most"},
		"no protobuf":         {sealed([]byte{inviteVersion, 0xff, 0xff}), "not an invite"},
		"a short id":          {sealed([]byte{inviteVersion, 0x0a, 1, 1}), "not a record id"},
		"an id and no road":   {sealed(append([]byte{inviteVersion, 0x0a, 32}, make([]byte, 32)...)), "names no community"},
		"trailing bits in it": {s[:len(s)-1] + flip(s[len(s)-1]), ""},
	} {
		got, err := ParseInvite(c.text)
		if !errors.Is(err, ErrInvite) || !strings.Contains(err.Error(), c.says) || !reflect.DeepEqual(got, Invite{}) {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, c.says)
		}
	}
}

func flip(b byte) string {
	if b == 'a' {
		return "b"
	}
	return "a"
}

func TestAnInviteOutOfBoundsIsNotWritten(t *testing.T) {
	long := road.Road{Peer: []byte{1}}
	for i := range road.MaxAddresses {
		long.Addresses = append(long.Addresses, append(make([]byte, road.MaxAddress-1), byte(i)))
	}
	for name, i := range map[string]Invite{
		"zero":           {},
		"no community":   {Roads: town().Roads},
		"no road":        {Community: record.ID{1}},
		"too many roads": {Community: record.ID{1}, Roads: make([]road.Road, MaxRoads+1)},
		"a bad road":     {Community: record.ID{1}, Roads: make([]road.Road, 1)},
		"too long":       {Community: record.ID{1}, Roads: []road.Road{long}},
	} {
		if s, err := i.Text(); !errors.Is(err, ErrInvite) || s != "" {
			t.Errorf("%s: %q, %v", name, s, err)
		}
	}
}

func FuzzInvite(f *testing.F) {
	f.Add(text(f, townInvite()))
	f.Add(sealed([]byte{inviteVersion, 0xff, 0xff}))
	f.Fuzz(func(t *testing.T, s string) {
		i, err := ParseInvite(s)
		if err != nil {
			return
		}
		if got, err := ParseInvite(text(t, i)); err != nil || !reflect.DeepEqual(got, i) {
			t.Errorf("%q reads as %+v, written and read again %+v, %v", s, i, got, err)
		}
	})
}
