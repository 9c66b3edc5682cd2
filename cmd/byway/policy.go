package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) policyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy [TERMS=ANSWER…]",
		Short: "Say how a shop answers proffers (its own)",
		Long: `Policy sets what your shop answers to a proffer of each of the terms: accept, decline,
ask (you, by the inbox), or alternative:TERMS. A rule stays until it is set anew; TERMS=otherwise
takes it away. Without arguments it shows what holds.

  --otherwise accept|decline|ask      for terms without a rule
  --from anyone|known|prior|nobody    whose proffers are looked at: known are contacts, prior
                                      those with an agreement before`,
		Example: "  byway policy SD-BASE=accept SD-BASE-DP=alternative:SD-BASE --otherwise decline",
		ValidArgsFunction: every(func(ctx context.Context) []cobra.Completion {
			var out []cobra.Completion
			for _, t := range completeTerms(ctx) {
				id, _, _ := strings.Cut(t, "\t")
				out = append(out, id+"=accept", id+"=decline", id+"=ask")
			}
			return out
		}),
	}
	otherwise := cmd.Flags().String("otherwise", "", "the answer to other terms: `accept|decline|ask`")
	from := cmd.Flags().String("from", "", "whose proffers are looked at: `anyone|known|prior|nobody`")
	choice(cmd, "otherwise", "accept", "decline", "ask")
	choice(cmd, "from", "anyone", "known", "prior", "nobody")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		rules, err := readRules(cmd, args)
		if err != nil {
			return err
		}
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			got, err := c.Dealing.GetPolicy(ctx, &localv1.GetPolicyRequest{})
			if err != nil {
				return err
			}
			p := got.GetPolicy()
			if len(rules) > 0 || *otherwise != "" || *from != "" {
				set, err := c.Dealing.SetPolicy(ctx, &localv1.SetPolicyRequest{Policy: changed(p, rules, *otherwise, *from)})
				if err != nil {
					return err
				}
				p = set.GetPolicy()
			}
			return a.show(func(out *page) { policyPage(out, p) }, p)
		})
	}
	return cmd
}

// noRule is the answer that takes a rule away.
const noRule = "otherwise"

func readRules(cmd *cobra.Command, args []string) ([]*localv1.PolicyRule, error) {
	var out []*localv1.PolicyRule
	for _, arg := range args {
		id, answer, ok := strings.Cut(arg, "=")
		if !ok || id == "" || answer == "" {
			return nil, usagef(cmd, "%q isn't TERMS=ANSWER, such as SD-BASE=accept", arg)
		}
		answer, alternative, _ := strings.Cut(answer, ":")
		if answer == "alt" {
			answer = "alternative"
		}
		if (answer == "alternative") != (alternative != "") {
			return nil, usagef(cmd, "%q: an alternative names its terms, as in SD-BASE-DP=alternative:SD-BASE", arg)
		}
		out = append(out, &localv1.PolicyRule{Terms: id, Answer: answer, Alternative: alternative})
	}
	return out, nil
}

// changed returns p with some rules set anew, the others as they were.
func changed(p *localv1.Policy, rules []*localv1.PolicyRule, otherwise, from string) *localv1.Policy {
	next := &localv1.Policy{Rules: slices.Clone(p.GetRules()), Otherwise: p.GetOtherwise(), From: p.GetFrom()}
	for _, r := range rules {
		same := func(o *localv1.PolicyRule) bool { return o.GetTerms() == r.GetTerms() }
		i := slices.IndexFunc(next.Rules, same)
		switch {
		case r.GetAnswer() == noRule:
			next.Rules = slices.DeleteFunc(next.Rules, same)
		case i >= 0:
			next.Rules[i] = r
		default:
			next.Rules = append(next.Rules, r)
		}
	}
	if otherwise != "" {
		next.Otherwise = otherwise
	}
	if from != "" {
		next.From = from
	}
	return next
}

func policyPage(out *page, p *localv1.Policy) {
	var rows [][]string
	for _, r := range p.GetRules() {
		answer := r.GetAnswer()
		if r.GetAlternative() != "" {
			answer += ":" + r.GetAlternative()
		}
		rows = append(rows, []string{r.GetTerms(), answer})
	}
	rows = append(rows, []string{"otherwise", p.GetOtherwise()}, []string{"from", p.GetFrom()})
	out.table([]string{"TERMS", "ANSWER"}, rows)
}
