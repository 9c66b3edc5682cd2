package recordtest

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestActorsHaveOneKeyEach(t *testing.T) {
	if first, again := Key("alice"), Key("alice"); first != again || first == Key("bob") {
		t.Error("a name stands for one key, another name for another")
	}
	// Vector files hold it: a change of the rule breaks them all.
	const alice = "j6webt4xwairhctdv47qjttkfm32vkuanb4rpikwvavqprdzgp7q"
	if got := Key("alice").String(); got != alice {
		t.Errorf("alice's key is %s, want %s", got, alice)
	}
}

func TestVectorIsReadAsWritten(t *testing.T) {
	for _, v := range []Vector{
		{Name: "empty", Headers: []Header{{"expect", "refused"}}},
		{Name: "long", Headers: []Header{{"expect", "ok"}, {"note", "a: b"}, {"note", "c"}}, Body: bytes.Repeat([]byte{1, 2, 3}, 200)},
	} {
		got, err := ParseVector(v.Name, v.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Encode(), v.Encode()) || !bytes.Equal(got.Body, v.Body) || got.Get("expect") != v.Get("expect") {
			t.Errorf("%s came back as %+v", v.Name, got)
		}
	}
}

func TestVectorInAnotherFormIsRefused(t *testing.T) {
	good := string(Vector{Headers: []Header{{"a", "b"}}, Body: []byte("body")}.Encode())
	for name, s := range map[string]string{
		"no empty line":  "a: b\n",
		"no colon":       "ab\n\n",
		"not base64":     "a: b\n\n!!\n",
		"no end of line": strings.TrimSuffix(good, "\n"),
		"CRLF":           strings.ReplaceAll(good, "\n", "\r\n"),
		"trailing text":  good + "\n",
	} {
		if _, err := ParseVector(name, []byte(s)); !errors.Is(err, errVector) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestWritingVectorsLeavesNoOldOnes(t *testing.T) {
	dir := t.TempDir()
	old := []Vector{{Name: "old", Headers: []Header{{"a", "b"}}}}
	if err := WriteVectors(dir, old); err != nil {
		t.Fatal(err)
	}
	made := []Vector{{Name: "new", Headers: []Header{{"a", "b"}}, Body: []byte("x")}}
	if err := WriteVectors(dir, made); err != nil {
		t.Fatal(err)
	}
	Current(t, dir, made)
}

// A second form of the same value is what Exact exists to find; the seeds here are good ones.
func FuzzRoundTripOfPlainBytes(f *testing.F) {
	f.Add([]byte("plain"))
	f.Add([]byte{})
	RoundTrip(f, func(b []byte) (string, error) { return string(b), nil },
		func(s string) ([]byte, error) { return []byte(s), nil }, Exact(), Alloc(4, 1<<20))
}
