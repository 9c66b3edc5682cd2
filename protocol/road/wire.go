package road

import (
	"fmt"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
)

// ToWire returns roads as they travel. It and FromWire export a generated type since
// the messages of several protocols list roads.
func ToWire(roads []Road) []*bywayv1.Road {
	var out []*bywayv1.Road
	for _, r := range roads {
		direct := &bywayv1.Direct{Peer: r.Peer, Addresses: r.Addresses}
		out = append(out, &bywayv1.Road{Road: &bywayv1.Road_Direct{Direct: direct}})
	}
	return out
}

// FromWire reads at most most roads, in order. A kind of road that this code doesn't
// know counts, and is left out. The bytes stay those of the message. Errors: ErrRoad.
func FromWire(list []*bywayv1.Road, most int) ([]Road, error) {
	if n := len(list); n > most {
		return nil, fmt.Errorf("%w: %d roads, at most %d", ErrRoad, n, most)
	}
	var out []Road
	for _, m := range list {
		direct := m.GetDirect()
		if direct == nil {
			continue
		}
		out = append(out, Road{Peer: direct.GetPeer(), Addresses: direct.GetAddresses()})
	}
	if err := Check(out, most); err != nil {
		return nil, err
	}
	return out, nil
}
