package node_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/store/storetest"
)

var onQUIC = []string{"/ip4/127.0.0.1/udp/0/quic-v1"}

// floor is what one agreement can't do without, in none of our code but the options of
// Badger and of the host: two parties' Badgers, a key each, one long-lived stream.
type floor struct {
	record  []byte // what is signed, sent and stored: of the size of a whole record
	keys    [2]ed25519.PrivateKey
	badgers [2]*storetest.Floor
	stream  network.Stream

	mu      sync.Mutex // orders what is in flight as it was written
	waiting chan chan error
}

// newFloor makes one for records of the given size in bytes.
func newFloor(b *testing.B, size int) *floor {
	b.Helper()
	f := &floor{record: make([]byte, size), waiting: make(chan chan error, 1024)}
	rand.Read(f.record)
	for i := range f.keys {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			b.Fatal(err)
		}
		f.keys[i], f.badgers[i] = key, storetest.NewFloor(b)
	}
	hosts := [2]host.Host{}
	for i := range hosts {
		h, err := parts.NewHost(parts.HostConfig{Profile: parts.Profile(i), Listen: onQUIC, Seed: [32]byte{byte(i)}})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = h.Close() })
		hosts[i] = h
	}
	f.open(b, hosts[0], hosts[1])
	return f
}

// open connects two hosts by one stream on which what is written comes back.
func (f *floor) open(b *testing.B, from, to host.Host) {
	const bare protocol.ID = "/byway/bare/1"
	to.SetStreamHandler(bare, func(s network.Stream) {
		buf := make([]byte, len(f.record))
		for {
			if _, err := io.ReadFull(s, buf); err != nil {
				_ = s.Close()
				return
			}
			if _, err := s.Write(buf); err != nil {
				return
			}
		}
	})
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	if err := from.Connect(ctx, peer.AddrInfo{ID: to.ID(), Addrs: to.Addrs()}); err != nil {
		b.Fatal(err)
	}
	s, err := from.NewStream(ctx, to.ID(), bare)
	if err != nil {
		b.Fatal(err)
	}
	f.stream = s
	b.Cleanup(func() { _ = s.Close() })
	if err := f.echo(); err != nil {
		b.Fatal(err)
	}
}

// echo is one round trip with nothing else in flight.
func (f *floor) echo() error {
	if _, err := f.stream.Write(f.record); err != nil {
		return err
	}
	_, err := io.ReadFull(f.stream, make([]byte, len(f.record)))
	return err
}

// echoAmong is one round trip among many, while answer runs.
func (f *floor) echoAmong() error {
	back := make(chan error, 1)
	f.mu.Lock()
	f.waiting <- back
	_, err := f.stream.Write(f.record)
	f.mu.Unlock()
	if err != nil {
		return err
	}
	return <-back
}

// answer tells those in flight of their answers until waiting is closed.
func (f *floor) answer() {
	buf := make([]byte, len(f.record))
	for back := range f.waiting {
		_, err := io.ReadFull(f.stream, buf)
		back <- err
	}
}

// agree does, one after another: 2 signatures, 3 verifications, 3 synced writes, 2 round
// trips. put writes one record to a party's Badger and returns once it is synced.
func (f *floor) agree(n uint64, echo func() error, put func(party int, row storetest.KV) error) error {
	var verified bool
	for range 2 {
		if err := echo(); err != nil {
			return err
		}
	}
	record := binary.BigEndian.AppendUint64(append(make([]byte, 0, len(f.record)), f.record[8:]...), n)
	for party, verifications := range [2]int{1, 2} {
		sig := ed25519.Sign(f.keys[party], record)
		for range verifications {
			verified = ed25519.Verify(f.keys[party].Public().(ed25519.PublicKey), record, sig)
		}
	}
	if !verified {
		return io.ErrUnexpectedEOF
	}
	for i, party := range [3]int{0, 1, 0} {
		key := binary.BigEndian.AppendUint64([]byte{byte(i)}, n)
		if err := put(party, storetest.KV{Key: append(key, make([]byte, 24)...), Value: record}); err != nil {
			return err
		}
	}
	return nil
}

// agreeAlone is agree with nothing else in flight.
func (f *floor) agreeAlone(n uint64) error {
	return f.agree(n, f.echo, func(party int, row storetest.KV) error { return f.badgers[party].Put(row) })
}

// funnel is the least that shares syncs: no decisions, no order, no bounds.
type funnel struct {
	in   chan put
	done chan struct{}
}

type put struct {
	row storetest.KV
	err chan error
}

func newFunnel(to *storetest.Floor) *funnel {
	f := &funnel{in: make(chan put, 256), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		for p := range f.in {
			puts, rows := []put{p}, []storetest.KV{p.row}
			for len(puts) < 256 && len(f.in) > 0 {
				p := <-f.in
				puts, rows = append(puts, p), append(rows, p.row)
			}
			err := to.Put(rows...)
			for _, p := range puts {
				p.err <- err
			}
		}
	}()
	return f
}

func (f *funnel) put(row storetest.KV) error {
	p := put{row, make(chan error, 1)}
	f.in <- p
	return <-p.err
}

func (f *funnel) close() {
	close(f.in)
	<-f.done
}
