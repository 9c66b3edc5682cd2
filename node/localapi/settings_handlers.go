package localapi

import (
	"context"
	"errors"
	"maps"

	"github.com/bywaynet/byway/node/dealing"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// GetPreferences implements the service.
func (d *Dealing) GetPreferences(context.Context, *localv1.GetPreferencesRequest) (*localv1.GetPreferencesResponse, error) {
	if d.Organisation {
		return nil, errNoPreferences()
	}
	return &localv1.GetPreferencesResponse{Preferences: preferencesToWire(d.Settings.Preferences())}, nil
}

// SetPreferences implements the service; an empty field keeps what was set.
func (d *Dealing) SetPreferences(ctx context.Context, req *localv1.SetPreferencesRequest) (*localv1.SetPreferencesResponse, error) {
	if d.Organisation {
		return nil, errNoPreferences()
	}
	p := d.Settings.Preferences()
	in := req.GetPreferences()
	if len(in.GetAcceptable()) > 0 {
		p.Acceptable = in.GetAcceptable()
	}
	if in.GetApply() != "" {
		p.Apply = dealing.Apply(in.GetApply())
	}
	if in.GetOffList() != "" {
		p.OffList = dealing.OffList(in.GetOffList())
	}
	if err := d.Settings.SetPreferences(ctx, p); err != nil {
		return nil, settingFailure(err, "byway prefer --help")
	}
	return &localv1.SetPreferencesResponse{Preferences: preferencesToWire(p)}, nil
}

// settingFailure is dealingFailure, where help lists the words that a setting has.
func settingFailure(err error, help string) error {
	if errors.Is(err, dealing.ErrSettings) && !errors.Is(err, dealing.ErrRoster) {
		return Fail(BadInput, "%w", err).Hint("%s", help)
	}
	return dealingFailure(err)
}

func errNoPreferences() error {
	return Fail(BadInput, "this is an organisation's node: it answers by a policy, and has no preferences").Hint("byway policy")
}

func errNoPolicy() error {
	return Fail(BadInput, "this is a person's node: it goes by preferences, and has no policy").Hint("byway prefer")
}

func preferencesToWire(p dealing.Preferences) *localv1.Preferences {
	return &localv1.Preferences{Acceptable: p.Acceptable, Apply: string(p.Apply), OffList: string(p.OffList)}
}

// GetPolicy implements the service.
func (d *Dealing) GetPolicy(context.Context, *localv1.GetPolicyRequest) (*localv1.GetPolicyResponse, error) {
	if !d.Organisation {
		return nil, errNoPolicy()
	}
	return &localv1.GetPolicyResponse{Policy: d.policyToWire(d.Settings.Policy())}, nil
}

// noRule is the answer that takes a rule away, so that the policy's otherwise holds for its terms.
const noRule = "otherwise"

// SetPolicy implements the service. Each rule replaces the one for its terms, noRule takes
// it away; other rules, and what an empty field is about, stay as they were.
func (d *Dealing) SetPolicy(ctx context.Context, req *localv1.SetPolicyRequest) (*localv1.SetPolicyResponse, error) {
	if !d.Organisation {
		return nil, errNoPolicy()
	}
	old := d.Settings.Policy()
	p := dealing.Policy{Rules: map[string]dealing.Rule{}, Otherwise: old.Otherwise, From: old.From}
	maps.Copy(p.Rules, old.Rules)
	for _, r := range req.GetPolicy().GetRules() {
		if r.GetAnswer() == noRule {
			if _, ok := d.Roster.Lookup(r.GetTerms()); !ok {
				return nil, Fail(BadInput, "%q isn't on the roster", r.GetTerms()).Hint("byway terms")
			}
			delete(p.Rules, r.GetTerms())
			continue
		}
		p.Rules[r.GetTerms()] = dealing.Rule{Reply: dealing.Reply(r.GetAnswer()), Alternative: r.GetAlternative()}
	}
	if o := req.GetPolicy().GetOtherwise(); o != "" {
		p.Otherwise = dealing.Reply(o)
	}
	if f := req.GetPolicy().GetFrom(); f != "" {
		p.From = dealing.From(f)
	}
	if err := d.Settings.SetPolicy(ctx, p); err != nil {
		return nil, settingFailure(err, "byway policy --help")
	}
	return &localv1.SetPolicyResponse{Policy: d.policyToWire(p)}, nil
}

// policyToWire lists the rules in the roster's order.
func (d *Dealing) policyToWire(p dealing.Policy) *localv1.Policy {
	out := &localv1.Policy{Otherwise: string(p.Otherwise), From: string(p.From)}
	for _, t := range d.Roster.All() {
		if r, ok := p.Rules[t.Ref.ID]; ok {
			out.Rules = append(out.Rules, &localv1.PolicyRule{Terms: t.Ref.ID, Answer: string(r.Reply), Alternative: r.Alternative})
		}
	}
	return out
}
