package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// errInterrupted is returned where a command was ended by Ctrl-C, or by the system, before it was done.
var errInterrupted = errors.New("interrupted")

// lookFor bounds how long an interrupted command asks its node what came of it.
const lookFor = 2 * time.Second

// interrupted reports whether err is there since ctx was ended. A node's answer says so in its text alone.
func interrupted(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() != nil &&
		(errors.Is(err, context.Canceled) || strings.Contains(err.Error(), context.Canceled.Error()))
}

// cutShort returns err, or what holds for a command that signs where it was interrupted; look says where to see it.
func (a *app) cutShort(ctx context.Context, err error, look string) error {
	if !interrupted(ctx, err) {
		return err
	}
	return &hintedError{
		err: fmt.Errorf("%w; what it signed by then is kept, and goes on being delivered by the node", errInterrupted),
		try: a.line(look) + ", which says how far it came",
	}
}

// newestThread returns the id of the newest thread with somebody, with anybody for ""; "" for none.
func newestThread(ctx context.Context, c *localapi.Client, who string) string {
	r, err := c.Dealing.ListAgreements(ctx, &localv1.ListAgreementsRequest{Who: who, Newest: true, Limit: 1})
	if err != nil || len(r.GetAgreements()) == 0 {
		return "" // the call that this is for says what is wrong
	}
	return r.GetAgreements()[0].GetId()
}

// proffered is cutShort for what makes a thread: before was the newest one when it began.
func (a *app) proffered(ctx context.Context, c *localapi.Client, err error, who, before string) error {
	if !interrupted(ctx, err) {
		return err
	}
	later, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookFor)
	defer cancel()
	id := newestThread(later, c, who)
	if id == "" || id == before {
		return a.cutShort(ctx, err, "agreements list --newest")
	}
	return &hintedError{
		err: fmt.Errorf("%w; the proffer %s is signed, and goes on being delivered by the node", errInterrupted, shortID(id)),
		try: a.line("agreements show " + shortID(id)),
	}
}
