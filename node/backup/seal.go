package backup

import (
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// workFactor is the base-2 logarithm of scrypt's N. Stretching is for passphrases that
// can be guessed: 24 words are 256 random bits, and one guess less per second changes
// nothing. 2^10 keeps opening each of hundreds of files at a few milliseconds, 1 MiB.
const workFactor = 10

// sealTo returns what seals under the words whatever is written to it; Close ends it
// without closing w.
func sealTo(w io.Writer, words string) (io.WriteCloser, error) {
	r, err := age.NewScryptRecipient(words)
	if err != nil {
		return nil, fmt.Errorf("seal under the words: %w", err)
	}
	r.SetWorkFactor(workFactor)
	return age.Encrypt(w, r)
}

// openFrom returns what was sealed; a change of any bit fails a read. Errors: ErrWords, ErrDamaged.
func openFrom(r io.Reader, words string) (io.Reader, error) {
	id, err := age.NewScryptIdentity(words)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWords, err)
	}
	id.SetMaxWorkFactor(workFactor) // another's file mustn't keep us busy
	out, err := age.Decrypt(r, id)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, ErrWords
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return out, nil
}
