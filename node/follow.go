package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/store"
)

type agreementHandler struct {
	name string
	f    func(ctx context.Context, a Agreement) error
}

// OnAgreement has f called about each agreement once it is complete: at least once
// each, in order, over restarts too. name tells handlers apart over restarts: its place
// is kept under it, so a new name begins with the first agreement.
//
// f has 10 seconds, by its context. Where it returns an error, takes longer or panics that
// is logged, and it is called again about the same agreement after a pause of 1 second,
// then 4, 16 and so on up to 10 minutes; meanwhile later agreements wait. After 11 tries,
// about an hour, that is logged and the next one comes. A node that is closed before begins
// anew with that agreement, so f may see one that it was done with: tell them apart by ID.
//
// One call of f runs at a time. An f that ignores its context is left to itself after 2
// seconds more, and isn't called again until it has returned; Close doesn't wait longer
// for it either. Call OnAgreement before Start. Errors: ErrState, ErrConfig.
func (n *Node) OnAgreement(name string, f func(ctx context.Context, a Agreement) error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.state != built {
		return fmt.Errorf("%w any more to take a handler: call OnAgreement before Start", ErrState)
	}
	if f == nil {
		return fmt.Errorf("%w: the handler of agreements named %q has no function", ErrConfig, name)
	}
	for _, h := range n.onAgreement {
		if h.name == name {
			return fmt.Errorf("%w: two handlers of agreements named %q", ErrConfig, name)
		}
	}
	n.onAgreement = append(n.onAgreement, agreementHandler{name, f})
	return nil
}

// follow calls h about each agreement from where it was, until the node closes.
func (r *running) follow(ctx context.Context, h agreementHandler) error {
	f := follower{agreementHandler: h, store: r.store, completed: r.completed, log: r.node.config.Log}
	return f.run(ctx)
}

// completed returns the agreement that e completed, if it did.
func (r *running) completed(ctx context.Context, e store.Event) (a Agreement, ok bool, err error) {
	if e.Entry.Rec.IsZero() {
		return a, false, nil
	}
	m, err := agreement.Read(e.Entry.Rec)
	if err != nil || m.Kind != agreement.KindAccept && m.Kind != agreement.KindAcceptance {
		return a, false, nil //nolint:nilerr // a record of another protocol is no agreement
	}
	held, err := r.service.Get(ctx, e.Entry.Subject)
	if errors.Is(err, agreement.ErrUnknown) {
		return a, false, nil // kept beside, as proof that it contradicts something
	}
	if err != nil {
		return a, false, err
	}
	return agreementOf(held, held.View(r.node.parts.Now())), true, nil
}
