package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) castCmd() *cobra.Command {
	req := new(localv1.CastRequest)
	cmd := &cobra.Command{
		Use:   "cast CATEGORY",
		Short: "Say what you look for, under terms that bind who answers",
		Long: `Cast tells shops what you look for, under a key used for nothing else. Whoever answers
has agreed to PDC-INTENT first: to use what you said for this intention alone. With --to it goes
to those shops only; otherwise to all in the community that listen for the category.

What you would pay at most (--at-most) stays at home: offers above it are marked in "byway offers".`,
		Example: "  byway cast food/coffee/beans --text \"1 kg of beans, light roast\" --quantity 1 --unit kg --expires 3d\n" +
			"  byway cast bicycles --text \"a used city bike\" --condition used --at-most \"200 EUR\" --to wheelery",
		Args: exactly("CATEGORY"),
	}
	f := cmd.Flags()
	f.StringVar(&req.Text, "text", "", "what, in plain `WORDS`")
	f.Uint32Var(&req.Quantity, "quantity", 0, "how `MANY`")
	f.StringVar(&req.Unit, "unit", "", "of which `UNIT`, such as kg")
	f.StringArrayVar(&req.Attributes, "attr", nil, "a `NAME=VALUE` that must hold; give the flag once for each")
	f.StringArrayVar(&req.Wishes, "wish", nil, "a soft `WISH`; give the flag once for each")
	f.StringVar(&req.Condition, "condition", "", "`new|used|either`")
	f.StringVar(&req.Place, "place", "", "where, coarsely: a `TOWN` or region")
	from, by := new(day), new(day)
	f.Var(from, "from", "needed from this `DATE`")
	f.Var(by, "by", "needed by this `DATE`")
	f.StringVar(&req.Currency, "currency", "", "the `CURRENCY` that you would pay in, such as EUR")
	f.StringArrayVar(&req.To, "to", nil, "tell `WHO` alone, and no mesh; give the flag once for each")
	f.StringVar(&req.Community, "community", "", "in this `COMMUNITY` (default: the one that the node is in)")
	f.StringVar(&req.HighestPrice, "at-most", "", "the highest `PRICE` you would pay, such as \"20 EUR\"; it stays at home")
	expires := lapseFlag(cmd, "expires", "3d", "it is over after `TIME`, at most 14d")
	choice(cmd, "condition", "new", "used", "either")
	_ = cmd.MarkFlagRequired("text") // fails for a flag that isn't there: it stands above
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req.Category, req.ExpiresSeconds = args[0], expires.seconds()
		req.NeededFrom, req.NeededBy = from.wire(), by.wire()
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Casting.Cast(ctx, req)
			if err != nil {
				return a.cutShort(ctx, err, "casts")
			}
			return a.show(func(p *page) {
				a.intentionPage(p, r.GetIntention())
				for _, n := range r.GetNotes() {
					p.line("! %s", n)
				}
				p.line("see what comes back: %s", a.line("offers "+shortID(r.GetIntention().GetId())))
			}, r)
		})
	}
	return cmd
}

func (a *app) intentionPage(p *page, i *localv1.Intention) {
	p.fields(
		"intention", i.GetId(),
		"state", i.GetState(),
		"category", i.GetCategory(),
		"what", i.GetText(),
		"how many", amount(i.GetQuantity(), i.GetUnit()),
		"must be", joined(i.GetAttributes()),
		"wishes", joined(i.GetWishes()),
		"condition", i.GetCondition(),
		"where", i.GetPlace(),
		"needed from", a.when(timeOf(i.GetNeededFrom())),
		"needed by", a.when(timeOf(i.GetNeededBy())),
		"expires", a.when(timeOf(i.GetExpires())),
		"terms", i.GetTerms(),
		"told", joined(i.GetTo()),
		"at most", yes(i.GetHighestPrice() != "", i.GetHighestPrice()+" (stays at home)"),
	)
}

func amount(n uint32, unit string) string {
	if n == 0 {
		return ""
	}
	return plain(fmt.Sprintf("%d %s", n, unit))
}
