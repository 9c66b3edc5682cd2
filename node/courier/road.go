package courier

import (
	"errors"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"github.com/bywaynet/byway/protocol/road"
)

// First returns the first direct road that this node can read.
func First(roads []road.Road) (peer.AddrInfo, error) {
	for _, r := range roads {
		id, err := peer.IDFromBytes(r.Peer)
		if err != nil {
			continue
		}
		info := peer.AddrInfo{ID: id}
		for _, b := range r.Addresses {
			if a, err := multiaddr.NewMultiaddrBytes(b); err == nil {
				info.Addrs = append(info.Addrs, a)
			}
		}
		return info, nil
	}
	return peer.AddrInfo{}, errors.New("no road that this node can take")
}

// Own returns this node's own direct road, as others may use it; none where it listens nowhere.
func Own(h host.Host) []road.Road {
	r := road.Road{Peer: []byte(h.ID())}
	for _, a := range h.Addrs() {
		if len(r.Addresses) < road.MaxAddresses && len(a.Bytes()) <= road.MaxAddress {
			r.Addresses = append(r.Addresses, a.Bytes())
		}
	}
	if len(r.Addresses) == 0 {
		return nil
	}
	return []road.Road{r}
}

// Addresses writes roads as multiaddrs that end in the peer id.
func Addresses(roads []road.Road) []string {
	var out []string
	for _, r := range roads {
		info, err := First([]road.Road{r})
		if err != nil {
			continue
		}
		for _, a := range info.Addrs {
			out = append(out, a.String()+"/p2p/"+info.ID.String())
		}
	}
	return out
}
