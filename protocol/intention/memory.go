package intention

import (
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// look spares a signature where what is remembered decides already.
func (v *Validator) look(i Item, now time.Time) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sweep(now)
	_, err := v.fit(i)
	return err
}

// remember takes in what was verified, unless another came first meanwhile.
func (v *Validator) remember(i Item, now time.Time) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sweep(now)
	t, err := v.fit(i)
	if err != nil {
		return err
	}
	v.seen[i.key()] = t
	return nil
}

// fit returns what is to be remembered of the item's key with it, or why it isn't taken.
func (v *Validator) fit(i Item) (trace, error) {
	t, known := v.seen[i.key()]
	switch {
	case !known && len(v.seen) >= v.limit:
		return trace{}, ErrFull
	case i.IsCast():
		return t.withCast(i.Cast)
	}
	return t.withWithdrawal(i.Withdrawal)
}

func (t trace) withCast(c Cast) (trace, error) {
	switch {
	case t.cast == c.ID:
		return t, ErrSeen
	case !t.cast.IsZero():
		return t, ErrSecond
	case !t.withdrawal.IsZero():
		// Whichever cast it named: a key that has withdrawn has nothing more to say.
		return t, ErrWithdrawn
	}
	t.cast, t.expires = c.ID, c.Expires
	return t, nil
}

func (t trace) withWithdrawal(w Withdrawal) (trace, error) {
	switch {
	case t.withdrawal == w.ID:
		return t, ErrSeen
	case !t.withdrawal.IsZero(), !t.cast.IsZero() && (t.cast != w.Cast || !t.expires.Equal(w.Expires)):
		return t, ErrSecond
	}
	t.withdrawal, t.expires = w.ID, w.Expires
	return t, nil
}

// sweep drops what has expired. Expiries are whole hours, so looking once an hour is enough.
func (v *Validator) sweep(now time.Time) {
	hour := now.Truncate(time.Hour)
	if v.swept.Equal(hour) {
		return
	}
	v.swept = hour
	for k, t := range v.seen {
		if !now.Before(t.expires) {
			delete(v.seen, k)
		}
	}
}

// Withdrawn reports whether a withdrawal by the cast's key is remembered.
func (v *Validator) Withdrawn(key record.Key) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.seen[key].withdrawal.IsZero()
}
