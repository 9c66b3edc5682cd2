package exchange

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"

	"github.com/bywaynet/byway/protocol/answer"
)

// raw is a frame as bytes, whatever it claims.
func raw(length int, k kind, number uint32, body string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(length))
	b = append(b, byte(k))
	return string(binary.BigEndian.AppendUint32(b, number)) + body
}

func frame(k kind, number uint32, body string) string { return raw(len(body), k, number, body) }

var hello, helloAck = frame(kindHello, 0, "\x01"), frame(kindHelloAck, 0, "\x01")

// mallory opens a stream of the protocol and writes bytes of her own.
func mallory(t *testing.T, from, to host.Host, sends string) network.Stream {
	t.Helper()
	s, err := from.NewStream(t.Context(), to.ID(), echo.ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Reset() })
	_ = s.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := s.Write([]byte(sends)); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAnAskerThatBreaksTheFramingIsReset(t *testing.T) {
	request := frame(kindRequest, 1, "bread")
	for _, c := range []struct {
		name, sends string
		ends        bool // mallory ends her side after it
	}{
		{"a request over the bound", hello + raw(echo.MaxRequest+1, kindRequest, 1, ""), false},
		{"a length of 4 GiB", hello + "\xff\xff\xff\xff\x03\x00\x00\x00\x01", false},
		{"a header cut short", hello + request[:5], true},
		{"a body cut short", hello + request[:headerSize+2], true},
		{"kind 0", hello + frame(0, 1, ""), false},
		{"a response from who asks", hello + frame(kindResponse, 1, "bread"), false},
		{"a refusal from who asks", hello + frame(kindRefused, 1, "\x00\x01"), false},
		{"a bye from who asks", hello + frame(kindBye, 1, ""), false},
		{"a helloAck from who asks", hello + helloAck, false},
		{"a request before the hello", request, false},
		{"an unknown kind before the hello", frame(200, 1, ""), false},
		{"a second hello", hello + hello, false},
		{"an empty hello", frame(kindHello, 0, ""), false},
		{"a hello of two bytes", frame(kindHello, 0, "\x01\x01"), false},
		{"a hello with an exchange number", frame(kindHello, 1, "\x01"), false},
		{"exchange number 0", hello + frame(kindRequest, 0, "bread"), false},
		{"an exchange number used twice", hello + frame(kindRequest, 7, "") + frame(kindRequest, 7, ""), false},
		{"an exchange number that goes down", hello + frame(kindRequest, 7, "") + frame(kindRequest, 6, ""), false},
		{"a cancel with a body", hello + frame(kindCancel, 1, "x"), false},
		{"a cancel of exchange 0", hello + frame(kindCancel, 0, ""), false},
		{"an unknown kind over its bound", hello + raw(maxUnknown+1, 200, 1, ""), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, alice, bakery actor) {
				var bread atomic.Int32
				bakery.handle(t, echo, func(_ context.Context, req []byte) ([]byte, error) {
					if len(req) > 0 {
						bread.Add(1)
					}
					return req, nil
				})
				s := mallory(t, alice.host, bakery.host, c.sends)
				if c.ends {
					_ = s.CloseWrite()
				}
				_, err := io.Copy(io.Discard, s)
				if code := turnedBy(err); code != answer.Violation {
					t.Errorf("the stream ended with %v (%s), want %s", err, code, answer.Violation)
				}
				if bread.Load() != 0 {
					t.Error("the handler was asked")
				}
				if out := alice.Call(t.Context(), bakery.host.ID(), echo, nil); out.Err() != nil {
					t.Errorf("a decent call after it: %v", out.Err())
				}
			})
		})
	}
}

func TestWhatANewerAskerAddsIsPassedOver(t *testing.T) {
	for _, c := range []struct{ name, sends, want string }{
		{"an unknown kind", hello + frame(200, 9, "whatever") + frame(kindRequest, 1, "bread"), helloAck + frame(kindResponse, 1, "bread")},
		{"a cancel of what isn't under way", hello + frame(kindCancel, 9, "") + frame(kindRequest, 1, "bread"), helloAck + frame(kindResponse, 1, "bread")},
		{"an exchange number left out", hello + frame(kindRequest, 4000000000, "bread"), helloAck + frame(kindResponse, 4000000000, "bread")},
		{"an unknown version of the framing", frame(kindHello, 0, "\x02"), frame(kindRefused, 0, "\x00\x03framing: version 1 is spoken here")},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, alice, bakery actor) {
				bakery.handle(t, echo, echoing)
				s := mallory(t, alice.host, bakery.host, c.sends)
				_ = s.CloseWrite()
				if got, err := io.ReadAll(s); err != nil || string(got) != c.want {
					t.Errorf("%q, %v; want %q", got, err, c.want)
				}
			})
		})
	}
}

func TestAnAnswererThatBreaksTheFramingIsAnInference(t *testing.T) {
	for _, c := range []struct {
		name, greets, answers string
		check                 func(answer.Outcome) bool
	}{
		{"a response over the bound", helloAck, raw(echo.MaxResponse+1, kindResponse, 1, ""), violated},
		{"an answer to what wasn't asked", helloAck, frame(kindResponse, 2, ""), violated},
		{"an answer to exchange 0", helloAck, frame(kindTurned, 0, "\x00\x00\x00\x01"), violated},
		{"a request from who answers", helloAck, frame(kindRequest, 1, ""), violated},
		{"a cancel from who answers", helloAck, frame(kindCancel, 1, ""), violated},
		{"a refusal with status ok", helloAck, frame(kindRefused, 1, "\x00\x00"), violated},
		{"a refusal without a status", helloAck, frame(kindRefused, 1, "\x01"), violated},
		{"a refusal with a long text", helloAck, raw(refusedSize+1, kindRefused, 1, ""), violated},
		{"turned away without a code", helloAck, frame(kindTurned, 1, "\x00\x00\x00\x00"), violated},
		{"a second helloAck", helloAck, helloAck, violated},
		{"a bye after what wasn't asked", helloAck, frame(kindBye, 2, ""), violated},
		{"a bye with a body", helloAck, frame(kindBye, 1, "x"), violated},
		{"a bye that took the request up", helloAck, frame(kindBye, 1, ""), func(o answer.Outcome) bool { return errors.Is(o.Inferred, errBye) }},
		{"a response cut short", helloAck, raw(5, kindResponse, 1, "br"), violated},
		{"another version in the helloAck", frame(kindHelloAck, 0, "\x02"), "", violated},
		{"a hello answered by a response", frame(kindResponse, 1, "bread"), "", violated},
		{"a hello refused", frame(kindRefused, 0, "\x00\x03only version 7"), "", func(o answer.Outcome) bool {
			return o.Said == answer.UnknownVersion && o.Text == "only version 7"
		}},
		{"a status and a code that aren't known here", helloAck, frame(kindRefused, 1, "\x03\xe7new"), func(o answer.Outcome) bool {
			return o.Said == 999 && o.Text == "new"
		}},
		{"an unknown kind before the answer", helloAck, frame(99, 1, "new") + frame(kindResponse, 1, "bread"), func(o answer.Outcome) bool {
			return string(o.Resp) == "bread"
		}},
		{"no answer", helloAck, "", func(o answer.Outcome) bool { return errors.Is(o.Inferred, ErrBroken) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, alice, bakery actor) {
				bakery.host.SetStreamHandler(echo.ID, func(s network.Stream) {
					buf := make([]byte, len(hello))
					_, _ = io.ReadFull(s, buf)
					_, _ = s.Write([]byte(c.greets))
					_, _ = io.ReadFull(s, buf[:headerSize+1]) // the request, where one comes
					_, _ = s.Write([]byte(c.answers))
					_ = s.CloseWrite()
					_, _ = io.Copy(io.Discard, s)
					_ = s.Reset()
				})
				out := alice.Call(t.Context(), bakery.host.ID(), echo, []byte{1})
				if !c.check(out) {
					t.Errorf("%+v", out)
				}
			})
		})
	}
}

func violated(o answer.Outcome) bool {
	return errors.Is(o.Inferred, errViolation) && o.Said == answer.OK && o.Turned == answer.NotTurned
}

func TestAStreamResetBeforeTheHelloIsTurnedAway(t *testing.T) {
	for code, want := range map[network.StreamErrorCode]answer.ResetCode{
		streamCode(answer.Busy):             answer.Busy,
		streamCode(answer.Closing):          answer.Closing,
		network.StreamResourceLimitExceeded: answer.Busy,
		network.StreamRateLimited:           answer.RateLimited,
		network.StreamShutdown:              answer.Closing,
	} {
		onBoth(t, func(t *testing.T, alice, bakery actor) {
			bakery.host.SetStreamHandler(echo.ID, func(s network.Stream) {
				_, _ = io.ReadFull(s, make([]byte, len(hello)))
				_ = s.ResetWithError(code)
			})
			if out := alice.Call(t.Context(), bakery.host.ID(), echo, nil); out.Turned != want {
				t.Errorf("code %#x: %+v, want %s", code, out, want)
			}
			if _, err := alice.Speaks(t.Context(), bakery.host.ID(), echo); !errors.Is(err, answer.ErrTurned) {
				t.Errorf("code %#x: Speaks: %v", code, err)
			}
		})
	}
}

func TestAPeerHasABoundedNumberOfStreams(t *testing.T) {
	onBoth(t, func(t *testing.T, alice, bakery actor) {
		started, slow := make(chan struct{}), make(chan struct{})
		bakery.handle(t, echo, func(_ context.Context, req []byte) ([]byte, error) {
			if len(req) > 0 {
				started <- struct{}{}
				<-slow
			}
			return req, nil
		})
		defer close(slow)
		var used []network.Stream
		for range MaxStreams {
			used = append(used, mallory(t, alice.host, bakery.host, hello+frame(kindRequest, 1, "slow")))
			<-started
		}
		s := mallory(t, alice.host, bakery.host, hello)
		if _, err := io.ReadAll(s); turnedBy(err) != answer.Busy {
			t.Errorf("one stream too many, all in use: %v", err)
		}
		for range used {
			slow <- struct{}{}
		}
		for _, s := range used { // once the answer is there, nothing is under way
			if _, err := io.ReadFull(s, make([]byte, len(helloAck)+headerSize+len("slow"))); err != nil {
				t.Fatal(err)
			}
		}
		if err := alice.Call(t.Context(), bakery.host.ID(), echo, nil).Err(); err != nil {
			t.Error("an idle stream wasn't replaced:", err)
		}
		if n := streams(bakery.host, alice.host, echo); n > MaxStreams+1 {
			t.Errorf("%d streams are open", n)
		}
	})
}

func TestWhatThePeerDidntTakeUpIsAskedOnceMore(t *testing.T) {
	for name, c := range map[string]struct {
		byes  int32 // streams that end without taking the request up
		check func(answer.Outcome) bool
	}{
		"the next stream answers":   {1, func(o answer.Outcome) bool { return string(o.Resp) == "bread" }},
		"the next one says bye too": {2, func(o answer.Outcome) bool { return errors.Is(o.Inferred, ErrBroken) }},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, alice, bakery actor) {
				var opened atomic.Int32
				bakery.host.SetStreamHandler(echo.ID, func(s network.Stream) {
					_, _ = io.ReadFull(s, make([]byte, len(hello)))
					_, _ = s.Write([]byte(helloAck))
					_, _ = io.ReadFull(s, make([]byte, headerSize+1))
					if opened.Add(1) <= c.byes {
						_, _ = s.Write([]byte(frame(kindBye, 0, "")))
					} else {
						_, _ = s.Write([]byte(frame(kindResponse, 1, "bread")))
					}
					_, _ = io.Copy(io.Discard, s)
					_ = s.Close()
				})
				if out := alice.Call(t.Context(), bakery.host.ID(), echo, []byte{1}); !c.check(out) {
					t.Errorf("%+v", out)
				}
				if n := opened.Load(); n != 2 {
					t.Errorf("asked on %d streams, want 2", n)
				}
			})
		})
	}
}
