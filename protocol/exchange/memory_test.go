package exchange

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"

	"github.com/bywaynet/byway/protocol/answer"
)

// purse is a scope with a fixed amount of memory.
type purse struct {
	network.NullScope
	left int
}

func (p *purse) ReserveMemory(n int, _ uint8) error {
	if n > p.left {
		return network.ErrResourceLimitExceeded
	}
	p.left -= n
	return nil
}

func (p *purse) ReleaseMemory(n int) { p.left += n }

func TestMemoryIsNeverHeldWithoutAReservation(t *testing.T) {
	const all = 1 << 20
	scope := &purse{left: all}
	m, err := newMemory(scope, network.ReservationPriorityMedium)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	held, refused := []int{}, 0
	for range 10_000 {
		if n := random.IntN(100_000); random.IntN(2) == 0 {
			switch err := m.take(n); {
			case err == nil:
				held = append(held, n)
			case errors.Is(err, network.ErrResourceLimitExceeded):
				refused++
			default:
				t.Fatal(err)
			}
		} else if len(held) > 0 {
			m.give(held[len(held)-1])
			held = held[:len(held)-1]
		}
		sum := readBuffer
		for _, n := range held {
			sum += n
		}
		if reserved := all - scope.left; reserved < sum || reserved > max(sum, memoryBase)+2*memoryStep {
			t.Fatalf("%d bytes reserved for %d held", reserved, sum)
		}
	}
	if refused == 0 {
		t.Error("nothing was ever refused")
	}
	for _, n := range held {
		m.give(n)
	}
	if reserved := all - scope.left; reserved != memoryBase {
		t.Errorf("%d bytes reserved in the end, want %d", reserved, memoryBase)
	}
}

func TestAStreamThatMemoryDoesntAllowForIsRefused(t *testing.T) {
	if _, err := newMemory(&purse{left: memoryBase - 1}, 0); !errors.Is(err, network.ErrResourceLimitExceeded) {
		t.Error(err)
	}
}

func TestARequestInFlightIsAccountedToItsStream(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		reserved := func() (n int64) {
			for _, c := range bakery.host.Network().ConnsToPeer(alice.host.ID()) {
				for _, s := range c.GetStreams() {
					if s.Protocol() == echo.ID {
						n += s.Scope().Stat().Memory
					}
				}
			}
			return n
		}
		during := make(chan int64, 1)
		bakery.handle(t, echo, func(_ context.Context, req []byte) ([]byte, error) {
			during <- reserved()
			return nil, answer.Refuse(answer.Refused, "thanks")
		})
		alice.Call(t.Context(), bakery.host.ID(), echo, make([]byte, echo.MaxRequest))
		if n := <-during; n < int64(echo.MaxRequest+readBuffer) {
			t.Errorf("%d bytes reserved while a request of %d is handled", n, echo.MaxRequest)
		}
	})
}
