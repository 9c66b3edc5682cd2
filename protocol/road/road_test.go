package road_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/road"
)

func TestRoadsAreReadAsWritten(t *testing.T) {
	want := []road.Road{
		{Peer: []byte("alice"), Addresses: [][]byte{{1}, {2}}},
		{Peer: bytes.Repeat([]byte{7}, road.MaxPeer), Addresses: [][]byte{bytes.Repeat([]byte{7}, road.MaxAddress)}},
	}
	got, err := road.FromWire(road.ToWire(want), 2)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("FromWire(ToWire(%v)) = %v, %v", want, got, err)
	}
	if got, err := road.FromWire(nil, 0); err != nil || got != nil {
		t.Errorf("no roads: %v, %v", got, err)
	}
}

func TestARoadOfAnUnknownKindIsLeftOut(t *testing.T) {
	want := []road.Road{{Peer: []byte("alice"), Addresses: [][]byte{{1}}}}
	list := append([]*bywayv1.Road{{}}, road.ToWire(want)...)
	if got, err := road.FromWire(list, 2); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := road.FromWire(list, 1); !errors.Is(err, road.ErrRoad) {
		t.Errorf("an unknown kind isn't counted: %v", err)
	}
}

func TestBadRoadsAreRefused(t *testing.T) {
	many := make([][]byte, road.MaxAddresses+1)
	for i := range many {
		many[i] = []byte{byte(i)}
	}
	for name, r := range map[string]road.Road{
		"zero":                {},
		"no peer":             {Addresses: [][]byte{{1}}},
		"a peer too long":     {Peer: make([]byte, road.MaxPeer+1), Addresses: [][]byte{{1}}},
		"no address":          {Peer: []byte{1}},
		"too many addresses":  {Peer: []byte{1}, Addresses: many},
		"an empty address":    {Peer: []byte{1}, Addresses: [][]byte{{}}},
		"an address too long": {Peer: []byte{1}, Addresses: [][]byte{make([]byte, road.MaxAddress+1)}},
		"an address twice":    {Peer: []byte{1}, Addresses: [][]byte{{1}, {2}, {1}}},
	} {
		if err := r.Validate(); !errors.Is(err, road.ErrRoad) {
			t.Errorf("%s: Validate() = %v", name, err)
		}
		if got, err := road.FromWire(road.ToWire([]road.Road{r}), 1); !errors.Is(err, road.ErrRoad) || got != nil {
			t.Errorf("%s: FromWire = %v, %v", name, got, err)
		}
	}
	if err := road.Check(make([]road.Road, 3), 2); !errors.Is(err, road.ErrRoad) {
		t.Errorf("three roads where two may be: %v", err)
	}
}
