package commitment

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func filled(b byte) []byte { return bytes.Repeat([]byte{b}, Size) }

func opening(t testing.TB, category, value string, salt, nonce byte) Opening {
	t.Helper()
	secret, err := Secret([Size]byte(filled(salt)), [NonceSize]byte(filled(nonce)[:NonceSize]))
	if err != nil {
		t.Fatal(err)
	}
	return Opening{Category: category, Value: value, Secret: secret}
}

func of(t testing.TB, o Opening) Commitment {
	t.Helper()
	c, err := Of(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnOpeningFitsItsOwnCommitmentAlone(t *testing.T) {
	o := opening(t, "address", "1 Mill Lane", 1, 2)
	c := of(t, o)
	if err := Check(c, o); err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]Opening{
		"another value":       {"address", "2 Mill Lane", o.Secret},
		"another category":    {"name", "1 Mill Lane", o.Secret},
		"a letter moved over": {"address1", " Mill Lane", o.Secret},
		"another salt":        opening(t, "address", "1 Mill Lane", 3, 2),
		"another agreement":   opening(t, "address", "1 Mill Lane", 1, 3),
	} {
		if err := Check(c, other); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Check(Commitment{}, o); !errors.Is(err, ErrMismatch) {
		t.Errorf("no commitment: %v", err)
	}
}

func TestWhatIsntAnOpeningIsRefusedWithoutItsValue(t *testing.T) {
	good, err := opening(t, "address", "1 Mill Lane", 1, 2).Text()
	if err != nil {
		t.Fatal(err)
	}
	change := func(was, is string) string {
		s := strings.Replace(string(good), was, is, 1)
		if s == string(good) {
			t.Fatalf("%q isn't in it", was)
		}
		return s
	}
	digits := hex.EncodeToString(filled(0xab))
	for name, text := range map[string]string{
		"empty":                    "",
		"no object":                `["1 Mill Lane"]`,
		"a text":                   `"1 Mill Lane"`,
		"truncated":                string(good[:len(good)-3]),
		"two objects":              string(good) + string(good),
		"a byte after the end":     string(good) + "x",
		"no value":                 change(`"value"`, `"valeu"`),
		"another letter case":      change(`"value"`, `"Value"`),
		"a value twice":            change(`"value"`, `"value": "2 Mill Lane", "value"`),
		"an unknown member twice":  change(`"value"`, `"x": 1, "x": 2, "value"`),
		"a number for a value":     change(`"1 Mill Lane"`, `1234`),
		"null for a value":         change(`"1 Mill Lane"`, `null`),
		"an empty value":           change(`1 Mill Lane`, ``),
		"a value too long":         change(`1 Mill Lane`, strings.Repeat("x", MaxValue+1)),
		"an escape in a value":     change(`1 Mill Lane`, `1 Mill\u001b[2J Lane`),
		"an empty category":        change(`address`, ``),
		"a category too long":      change(`address`, strings.Repeat("x", MaxCategory+1)),
		"a line in a category":     change(`address`, `add\nress`),
		"bytes that aren't UTF-8":  change(`Mill`, "\xff"),
		"a short secret":           `{"category":"address","value":"1 Mill Lane","opening":"` + digits[2:] + `"}`,
		"a long secret":            `{"category":"address","value":"1 Mill Lane","opening":"` + digits + `00"}`,
		"a secret in capitals":     `{"category":"address","value":"1 Mill Lane","opening":"` + strings.ToUpper(digits) + `"}`,
		"a secret that isn't hex":  `{"category":"address","value":"1 Mill Lane","opening":"` + digits[2:] + `zz"}`,
		"larger than any":          change(`1 Mill Lane`, strings.Repeat(" ", MaxText)),
		"a name that isn't a text": `{1: 2}`,
	} {
		o, err := ParseText([]byte(text))
		if !errors.Is(err, ErrMalformed) || o != (Opening{}) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "Mill") || strings.Contains(err.Error(), "1234")) {
			t.Errorf("%s: the refusal repeats the value: %v", name, err)
		}
	}
}

func TestAnOpeningIsReadAsItWasWritten(t *testing.T) {
	for _, value := range []string{"1 Mill Lane", "line\nline\ttab", `<a href="x">&`, strings.Repeat("\"", MaxValue), "\u2028 ẞ 名", "x"} {
		o := opening(t, "address", value, 1, 2)
		b, err := o.Text()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseText(b); err != nil || got != o {
			t.Errorf("%.20q: %v", value, err)
		}
	}
	with := `{"made": {"by": ["x"]}, "category":"address","value":"1 Mill Lane","opening":"` + hex.EncodeToString(filled(9)) + `"}`
	if o, err := ParseText([]byte(with)); err != nil || o.Value != "1 Mill Lane" {
		t.Errorf("a member of a later version: %v", err)
	}
}

func TestBadFieldsAreNeverWrittenNorCommittedTo(t *testing.T) {
	for name, o := range map[string]Opening{
		"no category": {"", "x", [Size]byte(filled(1))}, "no value": {"name", "", [Size]byte(filled(1))}, "value too long": {"name", strings.Repeat("x", MaxValue+1), [Size]byte(filled(1))},
		"a control character": {"name", "a\x00b", [Size]byte(filled(1))}, "not UTF-8": {"name", "\xff", [Size]byte(filled(1))}, "a category's tab": {"na\tme", "x", [Size]byte(filled(1))},
	} {
		if _, err := o.Text(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s is written: %v", name, err)
		}
		if c, err := Of(o); !errors.Is(err, ErrMalformed) || !c.IsZero() {
			t.Errorf("%s is committed to: %v", name, err)
		}
	}
}

func FuzzParseText(f *testing.F) {
	b, err := opening(f, "address", "1 Mill Lane", 1, 2).Text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	roundTrip(f)
}
