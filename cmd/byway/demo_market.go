package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/bywaynet/byway/examples/lists"
	"github.com/bywaynet/byway/node"
)

// An actor is one party of the demo, with its node.
type actor struct {
	*node.Node
	name   string
	folder string // below the demo's own
}

// A demoShop is a vendor with the price list and the policy that it starts with.
type demoShop struct {
	name, folder, list string
	policy             node.Policy
	habit              string // the policy in words
}

// demoShops answer the same proffer of SD-BASE in three different ways.
func demoShops() []demoShop {
	accept := node.Rule{Reply: node.Accept}
	return []demoShop{
		{
			name: "The Roaster", folder: "roaster", list: "roaster.csv", habit: "accepts SD-BASE",
			policy: node.Policy{Rules: map[string]node.Rule{"SD-BASE": accept, "SD-BASE-DP": accept}, Otherwise: node.Decline, From: node.Anyone},
		},
		{
			name: "The Bicycle Shop", folder: "bicycles", list: "bicycles.jsonld", habit: "answers SD-BASE with SD-BASE-DP instead",
			policy: node.Policy{
				Rules:     map[string]node.Rule{"SD-BASE": {Reply: node.Alternative, Alternative: "SD-BASE-DP"}, "SD-BASE-DP": accept},
				Otherwise: node.Decline, From: node.Anyone,
			},
		},
		{
			name: "The Hardware Store", folder: "hardware", list: "hardware.csv", habit: "declines whatever is proffered",
			policy: node.Policy{Otherwise: node.Decline, From: node.Anyone},
		},
	}
}

// start runs one node, to be closed with the demo.
func (d *demo) start(ctx context.Context, name, folder string, c node.Config) (*actor, error) {
	c.Dir, c.Safe = filepath.Join(d.dir, folder), node.SafeUnsealed // it goes with the demo: nothing to type, nothing in a keyring
	n, err := node.New(c)
	if err != nil {
		return nil, err
	}
	who := &actor{n, name, folder}
	d.running = append(d.running, who)
	return who, d.during(ctx, "start the node of "+name, n.Start)
}

// open founds the community and has everybody join it.
func (d *demo) open(ctx context.Context) error {
	steward, err := d.start(ctx, "the steward", "steward", node.Config{Organisation: "The Steward", Steward: true})
	if err != nil {
		return err
	}
	invite, err := steward.Found(ctx, "Demo Market")
	if err != nil {
		return fmt.Errorf("found the community: %w", err)
	}
	d.say("The Steward founds the community Demo Market.")
	for _, s := range demoShops() {
		if err := d.openShop(ctx, s, invite); err != nil {
			return err
		}
	}
	for _, name := range []string{"Alice", "Bob"} {
		p, err := d.start(ctx, name, strings.ToLower(name), node.Config{Preferences: &node.Preferences{
			Acceptable: []string{"SD-BASE", "SD-BASE-DP"}, Apply: node.Always, OffList: node.AskMe,
		}})
		if err != nil {
			return err
		}
		if err := d.join(ctx, p, invite); err != nil {
			return err
		}
		d.persons = append(d.persons, p)
		d.say("%s joins, whose preferences take SD-BASE, or else SD-BASE-DP.", name)
	}
	return nil
}

func (d *demo) openShop(ctx context.Context, s demoShop, invite string) error {
	v, err := d.start(ctx, s.name, s.folder, node.Config{Organisation: s.name, Policy: &s.policy})
	if err != nil {
		return err
	}
	list, err := lists.Files.Open(s.list)
	if err != nil {
		return err
	}
	report, err := v.Import(ctx, list, node.ImportOptions{Strict: true}, node.Auto)
	_ = list.Close() // it was only read
	if err != nil {
		return fmt.Errorf("import the price list of %s: %w", s.name, err)
	}
	if err := d.join(ctx, v, invite); err != nil {
		return err
	}
	d.organisations = append(d.organisations, v)
	d.say("%s joins, with %d items from %s. It %s.", s.name, report.Kept, s.list, s.habit)
	return nil
}

func (d *demo) join(ctx context.Context, who *actor, invite string) error {
	return d.during(ctx, who.name+" joins", func(ctx context.Context) error { return who.Join(ctx, invite) })
}
