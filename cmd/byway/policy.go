package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

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

  --otherwise accept|decline|ask    for terms without a rule
  --from anyone                     proffers of everybody are looked at
  --from known                      … of those who sent a record before, others are declined
  --from prior                      … of those with an agreement, ended or not
  --from nobody                     … of none`,
		Example: "  byway policy SD-BASE=accept SD-BASE-DP=alternative:SD-BASE --otherwise decline",
		ValidArgsFunction: every(func(ctx context.Context) []cobra.Completion {
			var out []cobra.Completion
			for _, t := range completeTerms(ctx) {
				id, _, _ := strings.Cut(t, "\t")
				out = append(out, id+"=accept", id+"=decline", id+"=ask", id+"=otherwise")
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
			p, err := setPolicy(ctx, c, &localv1.Policy{Rules: rules, Otherwise: *otherwise, From: *from})
			if err != nil {
				return err
			}
			return a.show(func(out *page) { policyPage(out, p) }, p)
		})
	}
	return cmd
}

// setPolicy has the node change what p names, and returns all that holds.
func setPolicy(ctx context.Context, c *localapi.Client, p *localv1.Policy) (*localv1.Policy, error) {
	if proto.Equal(p, &localv1.Policy{}) {
		got, err := c.Dealing.GetPolicy(ctx, &localv1.GetPolicyRequest{})
		return got.GetPolicy(), err
	}
	set, err := c.Dealing.SetPolicy(ctx, &localv1.SetPolicyRequest{Policy: p})
	return set.GetPolicy(), err
}

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
