package evidence

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/agreement"
)

// fold reads every record of the agreement protocol, and holds those of the thread to its rules.
// A bundle orders them by their places, so what answers another is applied after it.
func (b *Bundle) fold() error {
	var thread []agreement.Message
	for _, v := range b.records {
		m, err := agreement.Read(v)
		if errors.Is(err, agreement.ErrType) {
			continue
		}
		if err != nil {
			return err
		}
		b.messages = append(b.messages, m)
		if m.Thread() == b.thread {
			thread = append(thread, m)
		}
	}
	slices.SortStableFunc(thread, func(x, y agreement.Message) int { return cmp.Compare(turn(x), turn(y)) })
	b.held = agreement.For(agreement.First)
	for _, m := range thread {
		if err := b.apply(m); err != nil {
			return fmt.Errorf("%w: %w", ErrStrange, err)
		}
	}
	return nil
}

// apply adds m to what is held of the thread.
func (b *Bundle) apply(m agreement.Message) error {
	if b.openly() && turn(m) == answering {
		return fmt.Errorf("%w: an acceptance isn't answered with an alternative", agreement.ErrContradiction)
	}
	next, err := b.held.Apply(m, time.Time{})
	if err == nil {
		b.held = next
	}
	return err
}

// openly reports whether the thread began with the acceptance of an open proffer.
func (b *Bundle) openly() bool {
	agreed, ok := b.held.Agreed()
	return ok && agreed.Statement().Type() == agreement.TypeAcceptance
}

// The turns of a thread's messages: what it begins with, alternatives, refusals with ends; then, where a bundle
// is made, what acknowledges them, and all that has nothing to do with the thread.
const (
	beginning = iota
	answering
	refusing
	acknowledging
	passing
)

func turn(m agreement.Message) int {
	switch {
	case m.Kind == agreement.KindDecline || m.Kind == agreement.KindEnd:
		return refusing
	case !m.Body.Answers.IsZero():
		return answering
	}
	return beginning
}
