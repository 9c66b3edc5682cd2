package commitment

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/form/formtest"
	"github.com/bywaynet/byway/protocol/record/recordtest"
)

// roundTrip fuzzes the reader of openings, seeded by the vectors.
func roundTrip(f *testing.F) {
	recordtest.AddVectors(f, formtest.Dir)
	recordtest.RoundTrip(f, ParseText, Opening.Text, recordtest.Alloc(2048, 1<<30))
}

func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrMismatch):
		return "mismatch"
	}
	return "malformed"
}

func made(t testing.TB) (out []recordtest.Vector) {
	add := func(about, expect string, c Commitment, body []byte) {
		v := formtest.Vector(about, nil, ErrMalformed, body)
		v.Headers = []recordtest.Header{
			{Key: "about", Value: about}, {Key: "salt", Value: hex.EncodeToString(filled(1))}, {Key: "nonce", Value: hex.EncodeToString(filled(2)[:NonceSize])},
			{Key: "commitment", Value: c.String()}, {Key: "expect", Value: expect},
		}
		out = append(out, v)
	}
	text := func(o Opening) []byte {
		b, err := o.Text()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	o := opening(t, "address", "1 Mill Lane\n12345 Town", 1, 2)
	good, c := string(text(o)), of(t, o)
	add("an opening of its own", "ok", c, []byte(good))
	one := opening(t, "é", "x", 1, 2)
	add("a value of one letter", "ok", of(t, one), text(one))
	long := opening(t, strings.Repeat("c", MaxCategory), strings.Repeat("v", MaxValue), 1, 2)
	add("the longest", "ok", of(t, long), text(long))
	add("a member that is not known", "ok", c, []byte(strings.Replace(good, "{", `{"later": [1, {"a": null}],`, 1)))
	add("doubled names in what is skipped", "ok", c, []byte(strings.Replace(good, "{", `{"later": {"a": 1, "a": 1e999},`, 1)))
	half := opening(t, "name", "\uFFFD", 1, 2)
	add("half a surrogate", "ok", of(t, half), []byte(strings.Replace(string(text(half)), "\uFFFD", `\ud800`, 1)))
	add("another value", "mismatch", c, []byte(strings.Replace(good, "Lane", "Road", 1)))
	add("another category", "mismatch", c, []byte(strings.Replace(good, "address", "adresse", 1)))
	add("of another agreement", "mismatch", c, text(opening(t, o.Category, o.Value, 1, 3)))
	add("nothing committed to", "mismatch", Commitment{}, []byte(good))
	for about, body := range map[string]string{
		"a member twice": strings.Replace(good, `"value"`, `"value": "x", "value"`, 1), "a member missing": strings.Replace(good, `"value"`, `"worth"`, 1),
		"a control character": strings.Replace(good, "Lane", `\u001b`, 1), "an empty value": `{"category":"name","value":"","opening":"` + strings.Repeat("ab", Size) + `"}`,
		"capital digits": `{"category":"name","value":"x","opening":"` + strings.Repeat("AB", Size) + `"}`, "two objects": good + good, "a number that is none": strings.Replace(good, "{", `{"later": NaN,`, 1), "a byte order mark": "\uFEFF" + good,
		"no object": "[]",
	} {
		add(about, "malformed", c, []byte(body))
	}
	return out
}

func TestVectorsAreCurrent(t *testing.T) { formtest.Current(t, made(t)) }

func TestVectorsHaveTheirOutcome(t *testing.T) {
	for _, v := range recordtest.Vectors(t, formtest.Dir) {
		var c Commitment
		if b, err := hex.DecodeString(v.Get("commitment")); err != nil || copy(c[:], b) != Size {
			t.Fatalf("%s: %v", v.Name, err)
		}
		o, err := ParseText(v.Body)
		if err == nil {
			err = Check(c, o)
		}
		if got := outcome(err); got != v.Get("expect") {
			t.Errorf("%s: %s (%v), want %s", v.Name, got, err, v.Get("expect"))
		}
		if err == nil && o.Secret != opening(t, o.Category, o.Value, 1, 2).Secret {
			t.Errorf("%s: its secret isn't of salt and nonce", v.Name)
		}
	}
}
