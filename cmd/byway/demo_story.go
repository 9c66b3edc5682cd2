package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bywaynet/byway/node"
)

// demoPoll is how often is asked again for what nothing announces.
const demoPoll = 20 * time.Millisecond

// play tells the whole story, and leaves in the summary what came of it.
func (d *demo) play(ctx context.Context) error {
	if err := d.open(ctx); err != nil {
		return err
	}
	alice, bob := d.persons[0], d.persons[1]
	for _, w := range demoWishes() {
		if err := d.cast(ctx, alice, w); err != nil {
			return err
		}
	}
	for _, c := range []string{"bicycles", "tools"} {
		if err := d.proffer(ctx, bob, c); err != nil {
			return err
		}
	}
	return d.settle(ctx)
}

// A demoWish is something to cast.
type demoWish struct {
	category, text string
	quantity       uint32
	highest        string // what is paid at most, in EUR
}

// demoWishes get an offer each: one below the highest price, one above.
func demoWishes() []demoWish {
	return []demoWish{
		{"food/coffee", "house espresso beans 250 g", 2, "25.00"},
		{"bicycles/touring", "touring bicycle 54 cm", 1, "1200.00"},
	}
}

// cast casts one wish, waits for an offer and takes it where the price is right.
func (d *demo) cast(ctx context.Context, who *actor, w demoWish) error {
	wish := node.Wish{Text: w.text, Quantity: w.quantity, Currency: "EUR"}
	var err error
	if wish.Category, err = node.ParseCategory(w.category); err != nil {
		return err
	}
	if wish.Highest, err = node.ParseAmount(w.highest, "EUR"); err != nil {
		return err
	}
	var cast node.Intention
	err = d.during(ctx, who.name+" casts an intention", func(ctx context.Context) error {
		cast, err = who.Cast(ctx, wish)
		return err
	})
	if err != nil {
		return err
	}
	d.sum.Casts++
	d.say("%s casts under a fresh key: %d × %s, in %s.", who.name, cast.Quantity, cast.Text, cast.Category)
	d.more("That she pays %s at most stays in her node.", wish.Highest)
	var offers []node.Offer
	err = d.during(ctx, "wait for an offer", func(ctx context.Context) error {
		offers, err = who.Offers(ctx, cast.ID, 1)
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range offers {
		d.sum.Offers++
		d.say("%s offers %d × %s for %s, under %s.", o.Name, o.Quantity, o.Item.Name, o.Price, termsOf(o))
		d.more("By that it is bound to %s, which the cast proffered to whoever answers.", cast.Terms.ID)
	}
	best := offers[0]
	if best.OverHighest {
		d.say("%s leaves it: that is more than she pays.", who.name)
		return nil
	}
	return d.accept(ctx, who, best)
}

func termsOf(o node.Offer) string {
	var ids []string
	for _, t := range o.Terms {
		ids = append(ids, t.ID)
	}
	return strings.Join(ids, " or ")
}

func (d *demo) accept(ctx context.Context, who *actor, o node.Offer) error {
	var a node.Agreement
	err := d.during(ctx, who.name+" takes the offer", func(ctx context.Context) (err error) {
		a, err = who.Accept(ctx, o.ID)
		return err
	})
	if err != nil {
		return err
	}
	if a.Record == nil {
		return fmt.Errorf("the taking of an offer by %s: %s", o.Name, a.Words)
	}
	d.say("%s takes it, under a key made for %s: they agree to %s.", who.name, o.Name, a.Body.Terms.ID)
	return nil
}

// proffer has who find the one vendor of a category, and proffer SD-BASE to it.
func (d *demo) proffer(ctx context.Context, who *actor, category string) error {
	c, err := node.ParseCategory(category)
	if err != nil {
		return err
	}
	var found []node.Contact
	err = d.during(ctx, who.name+" looks for "+category, func(ctx context.Context) error {
		return again(ctx, func() (bool, error) {
			found, err = who.Find(ctx, c)
			return len(found) > 0, err
		})
	})
	if err != nil {
		return err
	}
	vendor := found[0]
	d.say("%s looks for %s, and finds %s.", who.name, category, vendor.Card.Name)
	var a node.Agreement
	err = d.during(ctx, who.name+" proffers to "+vendor.Card.Name, func(ctx context.Context) error {
		a, err = who.Proffer(ctx, vendor.Key.String(), node.Ask{Terms: "SD-BASE", Purpose: "buying in the shop"})
		return err
	})
	switch {
	case err != nil:
		return err
	case a.Declined:
		d.sum.Declined++
		d.say("%s proffers SD-BASE to %s, which declines.", who.name, vendor.Card.Name)
	case a.Alternative && a.Record != nil:
		d.say("%s proffers SD-BASE to %s, which answers with %s:", who.name, vendor.Card.Name, a.Body.Terms.ID)
		d.more("%s's preferences take that, and they agree to it.", who.name)
	default:
		return fmt.Errorf("a proffer to %s: %s", vendor.Card.Name, a.Words)
	}
	return nil
}

// again calls f until it is true or fails, or ctx ends.
func again(ctx context.Context, f func() (bool, error)) error {
	tick := time.NewTicker(demoPoll)
	defer tick.Stop()
	for {
		if done, err := f(); done || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
