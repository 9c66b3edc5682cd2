package identity

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Entropy and words as the authors of BIP-39 published them.
var wordVectors = map[string]string{
	strings.Repeat("7f", 32): "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title",
	strings.Repeat("80", 32): "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless",
	strings.Repeat("ff", 32): strings.Repeat("zoo ", 23) + "vote",
	"68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c": "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length",
	"9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863": "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation flash devote level hobby quick inner drive ghost inside",
	"f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f": "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold",
}

const zeroWords = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art"

func TestWordsAreThoseOfBIP39(t *testing.T) {
	for entropy, words := range wordVectors {
		r, err := ParseRoot(entropy)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Words(); got != words {
			t.Errorf("%s: %q, want %q", entropy, got, words)
		}
		back, err := RootFromWords("  " + strings.ToUpper(strings.ReplaceAll(words, " ", "\n ")) + "\t")
		if err != nil || !back.Equal(r) || back.Hex() != entropy {
			t.Errorf("%s: the words bring back another root, %v", entropy, err)
		}
	}
	if got := new(Root).Words(); got != zeroWords {
		t.Errorf("zeros: %q", got)
	}
}

func TestRootThatBeginsWithZerosComesBack(t *testing.T) {
	for n := range rootSize {
		want := strings.Repeat("00", n) + strings.Repeat("a5", rootSize-n)
		r, err := ParseRoot(want)
		if err != nil {
			t.Fatal(err)
		}
		back, err := RootFromWords(r.Words())
		if err != nil || back.Hex() != want {
			t.Errorf("%d zeros: %v", n, err)
		}
	}
}

func TestWordsThatAreNoRootAreRefused(t *testing.T) {
	good := wordVectors[strings.Repeat("7f", 32)]
	for name, c := range map[string]struct{ text, hint string }{
		"nothing":            {"", "0 words, want 24"},
		"12 words":           {strings.Repeat("abandon ", 11) + "about", "12 words, want 24"},
		"one word more":      {good + " title", "25 words"},
		"misspelt":           {strings.Replace(good, "year", "yeer", 1), `word 4, "yeer"`},
		"swapped":            {strings.Replace(good, "legal winner", "winner legal", 1), "don't fit together"},
		"another word":       {strings.Replace(good, "title", "zoo", 1), "don't fit together"},
		"zeros":              {zeroWords, "all zeros"},
		"zeros in hex":       {strings.Repeat("0", 64), "all zeros"},
		"hex cut short":      {strings.Repeat("7f", 31), "1 words, want 24"},
		"hex with a slip":    {strings.Repeat("7g", 32), "1 words, want 24"},
		"numbers, a gap":     {strings.Replace(numbered(good, " "), "7 ", "8 ", 1), "number 8 stands where word 7 comes"},
		"numbers, no words":  {"1 2 3", "number 2 stands where word 1 comes"},
		"one number more":    {good + " 25", "number 25 stands where word 25 comes"},
		"bytes of old roots": {strings.Repeat("\x7f", 32), "1 words, want 24"},
	} {
		if r, err := ParseRoot(c.text); !errors.Is(err, ErrWords) || r != nil || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
}

func TestWordsCanHaveTheirNumbers(t *testing.T) {
	want := strings.Repeat("7f", 32)
	for _, after := range []string{" ", ". ", ": ", ".", ":", ")", " \n"} {
		r, err := ParseRoot(numbered(wordVectors[want], after))
		if err != nil || r.Hex() != want {
			t.Errorf("%q after the numbers: %v", after, err)
		}
	}
}

// numbered writes words as they are shown, four in a row.
func numbered(words, after string) string {
	var b strings.Builder
	for i, w := range strings.Fields(words) {
		fmt.Fprintf(&b, "%2d%s%s ", i+1, after, w)
		if i%4 == 3 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestPurposesHaveKeysOfTheirOwn(t *testing.T) {
	a, b := newTestRoot(t), newTestRoot(t)
	key := a.Key("store")
	if key == a.Key("vault") || key == b.Key("store") || key != a.Key("store") {
		t.Error("a key belongs to a root and a purpose")
	}
}

func TestClosedRootTellsNothing(t *testing.T) {
	r := newTestRoot(t)
	key := r.Key("store")
	r.Close()
	r.Close()
	if r.secret != [rootSize]byte{} || r.Words() != "" || r.Hex() != "" || r.Equal(r) {
		t.Error("something of the root is left")
	}
	if got := r.Key("store"); got == key || got == [32]byte{} || got == r.Key("store") {
		t.Error("a closed root still has a key, or one that everybody has")
	}
	if _, err := Open(t.Context(), r, store.NewMemory()); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestRootOfAnotherPartyIsRefused(t *testing.T) {
	_, _, tables := fresh(t)
	_, other, _ := fresh(t)
	before, err := tables.Get(t.Context(), tableIdentity, markKey)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), other, tables)
	for _, err := range []error{err, Renew(t.Context(), other, tables)} {
		if !errors.Is(err, ErrRoot) || !strings.Contains(err.Error(), "right one") {
			t.Errorf("got %v", err)
		}
	}
	if after, err := tables.Get(t.Context(), tableIdentity, markKey); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the store was changed (%v)", err)
	}
}

// The words alone bring back what others know a party by, and no key else.
func TestRootInAnEmptyStoreMakesItsPublicKeysAgainAndNoOther(t *testing.T) {
	i, root, _ := fresh(t)
	words, err := RootFromWords(root.Words())
	if err != nil {
		t.Fatal(err)
	}
	again := open(t, words, store.NewMemory())
	for _, k := range kinds {
		a, err := i.First(t.Context(), k)
		b, err2 := again.First(t.Context(), k)
		if err != nil || err2 != nil || (a == b) != (k == KindHost || k == KindOrganisation) {
			t.Errorf("%s 0: same is %v; %v, %v", k, a == b, err, err2)
		}
		a, err = i.New(t.Context(), k)
		b, err2 = again.New(t.Context(), k)
		if err != nil || err2 != nil || a == b {
			t.Errorf("%s 1 came a second time; %v, %v", k, err, err2)
		}
	}
	a, err := i.Seed(t.Context(), KindHost, 0)
	b, err2 := again.Seed(t.Context(), KindHost, 0)
	if err != nil || err2 != nil || a != b {
		t.Errorf("the peer id has changed; %v, %v", err, err2)
	}
}

func TestRenewedStoreOwnsItsKeysAndMakesNoneTwice(t *testing.T) {
	i, root, tables := fresh(t)
	made := map[record.Key]bool{}
	for _, k := range kinds {
		first, err := i.First(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		made[first] = true
		for range 2 {
			key, err := i.New(t.Context(), k)
			if err != nil {
				t.Fatal(err)
			}
			made[key] = true
		}
	}
	if err := Renew(t.Context(), root, tables); err != nil {
		t.Fatal(err)
	}
	again := open(t, root, tables)
	if again.incarnation == i.incarnation {
		t.Error("the incarnation stayed")
	}
	for key := range made {
		if s, err := again.Signer(t.Context(), key); err != nil || s.Key() != key {
			t.Errorf("a key was lost: %v", err)
		}
	}
	for _, k := range kinds {
		for range 3 {
			key, err := again.New(t.Context(), k)
			if err != nil || made[key] {
				t.Errorf("a %s key came a second time (%v)", k, err)
			}
			made[key] = true
		}
		if first, err := again.First(t.Context(), k); err != nil || !made[first] {
			t.Errorf("%s 0 isn't what it was (%v)", k, err)
		}
	}
}

func TestRenewOfAnEmptyStoreTiesItToTheRoot(t *testing.T) {
	root, tables := newTestRoot(t), store.NewMemory()
	if err := Renew(t.Context(), root, tables); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), newTestRoot(t), tables); !errors.Is(err, ErrRoot) {
		t.Error(err)
	}
}

func TestDamagedRowsAreSaidAloud(t *testing.T) {
	for name, row := range map[string]store.Row{
		"mark cut short":  {Table: tableIdentity, Key: markKey, Value: []byte{1}},
		"place cut short": {Table: tableKeys, Key: bytes.Repeat([]byte{1}, 32), Value: []byte{1}},
		"no key":          {Table: tableKeys, Key: []byte("key"), Value: make([]byte, placeSize)},
	} {
		_, root, tables := fresh(t)
		if err := tables.Put(t.Context(), row.Table, row.Key, row.Value); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), root, tables); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSwappedRowIsFoundBeforeItSigns(t *testing.T) {
	i, root, tables := fresh(t)
	key, err := i.New(t.Context(), KindCast)
	if err != nil {
		t.Fatal(err)
	}
	if err := tables.Put(t.Context(), tableKeys, key[:], place{KindCast, i.incarnation, 99}.encode()); err != nil {
		t.Fatal(err)
	}
	if s, err := open(t, root, tables).Signer(t.Context(), key); !errors.Is(err, ErrRoot) || s != nil {
		t.Errorf("got %v, %v", s, err)
	}
}

func TestHexIsWhatParseReads(t *testing.T) {
	r := newTestRoot(t)
	if b, err := hex.DecodeString(r.Hex()); err != nil || !bytes.Equal(b, r.secret[:]) {
		t.Error(err)
	}
	if back, err := ParseRoot(r.Hex() + "\n"); err != nil || !back.Equal(r) {
		t.Error(err)
	}
}
