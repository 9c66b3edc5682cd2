package intention

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bywaynet/byway/protocol/category"
	"github.com/bywaynet/byway/protocol/record"
)

// Verdict is what becomes of a message that arrives.
type Verdict uint8

// The verdicts. The zero Verdict is Reject, so that nothing passes by mistake.
const (
	// Reject: no honest peer could send it. It is punished.
	Reject Verdict = iota
	// Ignore: stale, a copy, or a matter of our own clock, memory or age. Not passed on.
	Ignore
	// Accept: new, valid, passed on.
	Accept
)

// String returns the verdict in words.
func (v Verdict) String() string { return [...]string{"reject", "ignore", "accept"}[min(v, Accept)] }

// Why a message is rejected or ignored, besides ErrForm, ErrMalformed, and what record and form refuse.
var (
	// ErrTopic: a cast for another community or top category than it came by. Rejected.
	ErrTopic = errors.New("cast in another topic")
	// ErrTooFar: an expiry more than MaxLife away. Ignored or rejected.
	ErrTooFar = errors.New("expiry too far away")
	// ErrExpired: ignored.
	ErrExpired = errors.New("cast expired")
	// ErrSeen: the same cast or withdrawal again. Ignored.
	ErrSeen = errors.New("seen before")
	// ErrSecond: a second cast by one key, or a withdrawal that doesn't fit its cast. Ignored.
	ErrSecond = errors.New("the key has said otherwise")
	// ErrWithdrawn: a cast whose withdrawal came before. Ignored.
	ErrWithdrawn = errors.New("cast withdrawn")
	// ErrFull: no room to remember it. Ignored.
	ErrFull = errors.New("too many casts to remember")
)

// maxDrift is by how much an honest peer's clock may differ from ours.
const maxDrift = 24 * time.Hour

// DefaultLimit is how many casts a Validator remembers, with about 13 MB for all of
// them: 3 a minute for 14 days.
const DefaultLimit = 1 << 16

// Item is what was accepted: a cast or a withdrawal.
type Item struct {
	Record record.Verified
	// Cast is set where it is a cast, Withdrawal where it is a withdrawal; the other is zero.
	Cast       Cast
	Withdrawal Withdrawal
}

// IsCast reports whether the item is a cast.
func (i Item) IsCast() bool { return !i.Cast.ID.IsZero() }

func (i Item) key() record.Key {
	if i.IsCast() {
		return i.Cast.Key
	}
	return i.Withdrawal.Key
}

func (i Item) expires() time.Time {
	if i.IsCast() {
		return i.Cast.Expires
	}
	return i.Withdrawal.Expires
}

// trace is what is remembered about one cast's key until the cast expires.
type trace struct {
	cast       record.ID // zero where only a withdrawal came
	withdrawal record.ID // zero where none came
	expires    time.Time
}

// Validator judges casts and withdrawals as they arrive. It remembers each accepted one until its cast expires,
// in memory alone: after a restart, Check what was kept before joining a topic. Safe for
// concurrent use; signatures are verified outside of its lock.
//
// When it is full, what is new is ignored. Forgetting something instead would let a flood
// bring back all that has been seen or withdrawn. Each entry costs whoever floods
// a key and a signature; mesh and stewards bound the rate.
type Validator struct {
	limit int
	mu    sync.Mutex
	seen  map[record.Key]trace
	swept time.Time // the hour at which what had expired was last dropped
}

// NewValidator returns a validator that remembers at most limit keys, DefaultLimit where limit is 0.
func NewValidator(limit int) *Validator {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Validator{limit: limit, seen: make(map[record.Key]trace)}
}

// Check judges a message that came by the topic of a community and a top category, at the time
// now; both zero for one that was handed over directly. The item is set with Accept alone, and
// keeps data; the error says why otherwise. The cheap checks come first: size, framing, form and payload,
// topic, time, what was seen, the signature. Nothing is remembered that didn't pass all.
func (v *Validator) Check(data []byte, community record.ID, top category.Path, now time.Time) (Verdict, Item, error) {
	r, item, err := read(data)
	if errors.Is(err, record.ErrVersion) {
		return Ignore, Item{}, err
	}
	if err == nil && item.IsCast() {
		err = item.Cast.checkTopic(community, top)
	}
	if err != nil {
		return Reject, Item{}, err
	}
	if verdict, err := checkTime(item.expires(), now); err != nil {
		return verdict, Item{}, err
	}
	if err := v.look(item, now); err != nil {
		return Ignore, Item{}, err
	}
	if item.Record, err = r.Verify(record.Want{At: now, Complete: true}); err != nil {
		return Reject, Item{}, err
	}
	if err := v.remember(item, now); err != nil {
		return Ignore, Item{}, err
	}
	return Accept, item, nil
}

// Forget takes back the memory of an item that Check accepted and that could then not
// be kept, so that it is accepted when it is sent again.
func (v *Validator) Forget(i Item) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.seen[i.key()]
	if i.IsCast() && t.cast == i.Cast.ID {
		t.cast = record.ID{}
	} else if t.withdrawal == i.Withdrawal.ID {
		t.withdrawal = record.ID{}
	}
	if v.seen[i.key()] = t; t.cast.IsZero() && t.withdrawal.IsZero() {
		delete(v.seen, i.key())
	}
}

// Len returns how many keys are remembered.
func (v *Validator) Len() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.seen)
}

// read parses data as far as it goes without verifying a signature.
func read(data []byte) (record.Record, Item, error) {
	if len(data) != FormSize {
		return record.Record{}, Item{}, fmt.Errorf("%w: %d bytes, want %d", ErrForm, len(data), FormSize)
	}
	r, err := record.ParseRecord(data)
	if err != nil {
		return record.Record{}, Item{}, err
	}
	s := r.Statement()
	var i Item
	if s.Type() == TypeWithdrawal {
		if err = checkFrame(r, TypeWithdrawal); err == nil {
			i.Withdrawal, err = decodeWithdrawal(s.Payload())
		}
		i.Withdrawal.ID, i.Withdrawal.Key = r.ID(), s.Author()
		return r, i, err
	}
	if err = checkFrame(r, TypeCast); err == nil {
		i.Cast, err = decodeCast(s.Payload())
	}
	i.Cast.ID, i.Cast.Key = r.ID(), s.Author()
	return r, i, err
}

func (c Cast) checkTopic(community record.ID, top category.Path) error {
	if c.Community != community {
		return fmt.Errorf("%w: of another community", ErrTopic)
	}
	if !top.IsZero() && c.Category.Top() != top {
		return fmt.Errorf("%w: %s came by %s", ErrTopic, c.Category.Top(), top)
	}
	return nil
}

func checkTime(expires, now time.Time) (Verdict, error) {
	switch left := expires.Sub(now); {
	case left <= 0:
		return Ignore, fmt.Errorf("%w at %s", ErrExpired, expires.Format(time.RFC3339))
	case left > MaxLife+maxDrift:
		return Reject, fmt.Errorf("%w: %s", ErrTooFar, expires.Format(time.RFC3339))
	case left > MaxLife:
		return Ignore, fmt.Errorf("%w: %s, or our clock is slow", ErrTooFar, expires.Format(time.RFC3339))
	}
	return Accept, nil
}
