package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/terms"
)

// completeFor bounds what a press of the tab key may cost.
const completeFor = time.Second

// A completer lists what an argument can be, each with a word on it.
type completer func(ctx context.Context) []cobra.Completion

// inOrder completes each argument by the completer in its place.
func inOrder(cs ...completer) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= len(cs) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completeFor)
		defer cancel()
		return cs[len(args)](ctx), cobra.ShellCompDirectiveNoFileComp
	}
}

// once completes the first argument, and no other.
func once(c completer) cobra.CompletionFunc { return inOrder(c) }

// every completes all arguments alike.
func every(c completer) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return once(c)(cmd, nil, word)
	}
}

// words completes a fixed choice.
func words(ws ...string) completer {
	return func(context.Context) []cobra.Completion { return ws }
}

func nothing(context.Context) []cobra.Completion { return nil }

func errNoTerms(id string) error { return fmt.Errorf("no terms %q on the roster", id) }

func completeTerms(context.Context) []cobra.Completion {
	var out []cobra.Completion
	for _, t := range terms.Default().All() {
		out = append(out, cobra.CompletionWithDesc(t.Ref.ID, t.Name))
	}
	return out
}

func rosterIDs() []string {
	var out []string
	for _, t := range terms.Default().All() {
		out = append(out, t.Ref.ID)
	}
	return out
}

// fromNode completes by what the running node lists; by nothing where none runs.
func (a *app) fromNode(ask func(context.Context, *localapi.Client) ([]cobra.Completion, error)) completer {
	return func(ctx context.Context) []cobra.Completion {
		var out []cobra.Completion
		err := a.withNode(ctx, func(ctx context.Context, c *localapi.Client) (err error) {
			out, err = ask(ctx, c)
			return err
		})
		if err != nil {
			return nil // no place to say it: the command itself will
		}
		return out
	}
}

func (a *app) completeWho() completer {
	return a.fromNode(func(ctx context.Context, c *localapi.Client) ([]cobra.Completion, error) {
		r, err := c.Node.Contacts(ctx, &localv1.ContactsRequest{})
		var out []cobra.Completion
		for _, k := range r.GetContacts() {
			name := k.GetPetname()
			if name == "" || strings.ContainsAny(name, " \t\n") {
				name = shortKey(k.GetKey())
			}
			out = append(out, cobra.CompletionWithDesc(name, plain(k.GetName())))
		}
		return out, err
	})
}

func (a *app) completeAgreement() completer {
	return a.fromNode(func(ctx context.Context, c *localapi.Client) ([]cobra.Completion, error) {
		r, err := c.Dealing.ListAgreements(ctx, &localv1.ListAgreementsRequest{Newest: true})
		var out []cobra.Completion
		for _, g := range r.GetAgreements() {
			out = append(out, cobra.CompletionWithDesc(shortID(g.GetId()), plain(g.GetTerms()+" with "+g.GetWho()+", "+g.GetView())))
		}
		return out, err
	})
}

func (a *app) completeWaiting() completer {
	return a.fromNode(func(ctx context.Context, c *localapi.Client) ([]cobra.Completion, error) {
		r, err := c.Node.Inbox(ctx, &localv1.InboxRequest{Waiting: true})
		var out []cobra.Completion
		for _, i := range r.GetItems() {
			out = append(out, cobra.CompletionWithDesc(shortID(i.GetId()), plain(i.GetKind()+" by "+i.GetWho())))
		}
		return out, err
	})
}

func (a *app) completeCast() completer {
	return a.fromNode(func(ctx context.Context, c *localapi.Client) ([]cobra.Completion, error) {
		r, err := c.Casting.ListCasts(ctx, &localv1.ListCastsRequest{})
		return intentionWords(r.GetCasts()), err
	})
}

func (a *app) completeIntention() completer {
	return a.fromNode(func(ctx context.Context, c *localapi.Client) ([]cobra.Completion, error) {
		r, err := c.Casting.ListIntentions(ctx, &localv1.ListIntentionsRequest{})
		return intentionWords(r.GetIntentions()), err
	})
}

func intentionWords(is []*localv1.Intention) []cobra.Completion {
	var out []cobra.Completion
	for _, i := range is {
		out = append(out, cobra.CompletionWithDesc(shortID(i.GetId()), plain(i.GetCategory()+" "+i.GetText())))
	}
	return out
}

func (a *app) completeOffer() completer {
	return a.fromNode(func(ctx context.Context, c *localapi.Client) ([]cobra.Completion, error) {
		r, err := c.Casting.ListOffers(ctx, &localv1.ListOffersRequest{})
		var out []cobra.Completion
		for _, o := range r.GetOffers() {
			out = append(out, cobra.CompletionWithDesc(shortID(o.GetId()), plain(o.GetItem()+" at "+o.GetPrice()+" by "+o.GetWho())))
		}
		return out, err
	})
}
