package sumfile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bywaynet/byway/node/internal/sumfile"
)

const bakery = `{"organisation":"The Bakery","root":"0011223344556677"}`

func seal(t *testing.T, content string) []byte {
	t.Helper()
	b, err := sumfile.Seal([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnObjectComesBackFromItsFile(t *testing.T) {
	for _, content := range []string{`{}`, bakery, `{"items":[{"name":"<a & b>"},{}],"version":1}`} {
		path := filepath.Join(t.TempDir(), "party.json")
		if err := sumfile.Write(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, summed, err := sumfile.Unseal(b)
		if err != nil || !summed || string(got) != content {
			t.Errorf("%s came back as %s, %v, %v", content, got, summed, err)
		}
		if !json.Valid(b) {
			t.Errorf("%q isn't JSON", b)
		}
	}
}

func TestSpacesBetweenTheFieldsAreNotContent(t *testing.T) {
	var wide bytes.Buffer
	if err := json.Indent(&wide, seal(t, bakery), "", "  "); err != nil {
		t.Fatal(err)
	}
	if got, summed, err := sumfile.Unseal(wide.Bytes()); err != nil || !summed || string(got) != bakery {
		t.Errorf("%s, %v, %v", got, summed, err)
	}
}

func TestAFileOfBeforeIsReadWithoutASum(t *testing.T) {
	got, summed, err := sumfile.Unseal([]byte(bakery+"\n"), "organisation", "root")
	if err != nil || summed || string(got) != bakery {
		t.Errorf("%s, %v, %v", got, summed, err)
	}
}

// Every bit of every byte, and every length: refused, or the same content.
func TestAFlippedBitOrACutIsNeverAnotherContent(t *testing.T) {
	whole := seal(t, bakery)
	same := func(what string, at int, b []byte) {
		got, _, err := sumfile.Unseal(b, "organisation", "root")
		switch {
		case err == nil && string(got) != bakery:
			t.Errorf("%s at %d reads as %s", what, at, got)
		case err != nil && !errors.Is(err, sumfile.ErrDamaged):
			t.Errorf("%s at %d: %v", what, at, err)
		case err == nil && at < len(whole)-2:
			t.Errorf("%s at %d isn't seen", what, at)
		}
	}
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			same("a flipped bit", i, b)
		}
		same("a cut", i, whole[:i])
	}
}

func TestWhatIsNoSealedObjectIsRefused(t *testing.T) {
	whole := string(seal(t, bakery))
	for name, text := range map[string]string{
		"nothing": "", "null": "null", "a list": "[]", "a number": "7", "two objects": "{}{}", "an unknown field": `{"name":"x"}`,
		"a field in capitals": `{"Root":"x"}`, "a sum that isn't one": `{"root":"x","sum":""}`, "a sum of nothing": `{"sum":null}`,
		"another sum": strings.Replace(whole, "Bakery", "Baker", 1), "a sum in capitals": strings.ToUpper(whole),
		"the sum twice": strings.TrimSuffix(whole, "}\n") + "," + whole[strings.Index(whole, `"sum"`):],
	} {
		if got, _, err := sumfile.Unseal([]byte(text), "organisation", "root"); !errors.Is(err, sumfile.ErrDamaged) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func TestAWriteThatIsRefusedLeavesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "party.json")
	if err := sumfile.Write(path, []byte(bakery)); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"no JSON": "{", "no object": "[]", "nothing": "", "a sum of its own": `{"sum":"x"}`} {
		if err := sumfile.Write(path, []byte(content)); err == nil {
			t.Errorf("%s: it was written", name)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(b, seal(t, bakery)) {
		t.Errorf("it holds %q (%v)", b, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v are left, %v", left, err)
	}
}
