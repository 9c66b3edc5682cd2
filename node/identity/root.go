package identity

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/cosmos/go-bip39"
)

const (
	rootSize  = 32
	rootWords = 24

	purposeDomain = "byway-purpose"
)

// ErrWords is for what was given as a root's words, or as its hex, and is none. The text
// says where it goes wrong, and never repeats more than one word of it.
var ErrWords = errors.New("not the words of a root")

// Root is the secret that all of a party's keys come from: 32 random bytes, also written as
// 24 words of BIP-39's English list. It is safe for concurrent use.
type Root struct {
	mu     sync.RWMutex
	secret [rootSize]byte
	closed bool
}

// NewRoot returns a root of fresh random bytes. Errors: those of the system's randomness.
func NewRoot() (*Root, error) {
	r := new(Root)
	if _, err := rand.Read(r.secret[:]); err != nil {
		return nil, err
	}
	return r, nil
}

// RootFromWords returns the root that has these 24 words (BIP-39, English), in whatever
// case and however spaced; each may have its number before it, as in "1 abandon 2. ability 3:able".
// Errors: ErrWords, also for one mistyped word (255 times in 256) and for numbers out of order.
func RootFromWords(words string) (*Root, error) {
	fields, err := unnumbered(strings.Fields(strings.ToLower(words)))
	if err != nil {
		return nil, err
	}
	if len(fields) != rootWords {
		return nil, fmt.Errorf("%w: %d words, want %d", ErrWords, len(fields), rootWords)
	}
	for i, w := range fields {
		if _, ok := bip39.ReverseWordMap[w]; !ok {
			return nil, fmt.Errorf("%w: word %d, %q, isn't in the list; is it spelt as it was shown?", ErrWords, i+1, w)
		}
	}
	b, err := bip39.MnemonicToByteArray(strings.Join(fields, " "))
	if err != nil || len(b) != rootSize+1 {
		return nil, fmt.Errorf("%w: each is in the list, but they don't fit together; is one swapped, or another than was shown?", ErrWords)
	}
	return newRoot(b[:rootSize])
}

// ParseRoot returns the root that is written as 24 words, or as 64 digits of hex, with
// whatever white space around. Errors: ErrWords.
func ParseRoot(text string) (*Root, error) {
	text = strings.TrimSpace(text)
	if b, err := hex.DecodeString(text); err == nil && len(b) == rootSize {
		return newRoot(b)
	}
	return RootFromWords(text)
}

// unnumbered leaves out the numbers of words, which count from 1, with the dot, colon or brace after them.
func unnumbered(fields []string) ([]string, error) {
	var words []string
	for _, f := range fields {
		rest := strings.TrimLeft(f, "0123456789")
		digits := f[:len(f)-len(rest)]
		word := strings.TrimLeft(rest, ".:)")
		if digits == "" || word != "" && word == rest {
			words = append(words, f)
			continue
		}
		if n, err := strconv.Atoi(digits); err != nil || n > rootWords || n != len(words)+1 {
			return nil, fmt.Errorf("%w: number %.4s stands where word %d comes; are they in the order of their numbers?", ErrWords, digits, len(words)+1)
		}
		if word != "" {
			words = append(words, word)
		}
	}
	return words, nil
}

func newRoot(b []byte) (*Root, error) {
	r := &Root{secret: [rootSize]byte(b)}
	if r.secret == [rootSize]byte{} {
		return nil, fmt.Errorf("%w: all zeros, which is nobody's", ErrWords)
	}
	return r, nil
}

// Words returns the 24 words that bring this root back; "" once it is closed. Who reads
// them has every key, so they go to the owner alone, once.
func (r *Root) Words() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return ""
	}
	words, err := bip39.NewMnemonic(r.secret[:])
	if err != nil {
		return ""
	}
	return words
}

// Hex returns the root as 64 digits, for those who keep it; "" once it is closed.
func (r *Root) Hex() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return ""
	}
	return hex.EncodeToString(r.secret[:])
}

// Key returns the secret key for one purpose, the same one always: HKDF-SHA256 (RFC 5869)
// of the root. A purpose is a word that no other use has. A closed root has no keys: what
// it returns then is random, and opens nothing.
func (r *Root) Key(purpose string) [32]byte {
	key, err := r.derive(purposeDomain, []byte(purpose))
	if err != nil {
		_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	}
	return key
}

// Equal reports whether both are the same root; false where one is closed.
func (r *Root) Equal(other *Root) bool {
	a, err := r.derive(equalDomain)
	if err != nil {
		return false
	}
	b, err := other.derive(equalDomain)
	return err == nil && a == b
}

// Close forgets the root, as far as Go lets memory be forgotten. A second Close is harmless.
func (r *Root) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.secret[:])
	r.closed = true
}

// derive returns ErrClosed for a closed root.
func (r *Root) derive(domain string, parts ...[]byte) ([32]byte, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return [32]byte{}, ErrClosed
	}
	return derive(&r.secret, domain, parts...)
}
