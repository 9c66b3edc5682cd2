package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// readBuffer is what a stream reads ahead: a few dozen small frames.
const readBuffer = 16 << 10

// source reads from a stream under its two deadlines: a frame that began has to be
// whole within limit; a stream without frames ends once it was idle, unless quiet
// says otherwise. One goroutine reads; stop may be called by any.
type source struct {
	stream network.Stream
	limit  time.Duration
	idle   time.Duration
	quiet  func() bool // whether nothing is under way; ends what may begin if so

	inFrame bool
	begun   time.Time // when the frame under way was first waited for
	last    time.Time // when the last bytes came

	mu      sync.Mutex
	armed   time.Time // the deadline that the stream has; zero for none
	stopped error
}

// newSource starts in a frame: the first one is due at once.
func newSource(s network.Stream, p Protocol, idle time.Duration, quiet func() bool) *source {
	now := time.Now()
	return &source{stream: s, limit: p.FirstByte, idle: idle, quiet: quiet, inFrame: true, begun: now, last: now}
}

// Read implements io.Reader.
func (r *source) Read(b []byte) (int, error) {
	for {
		if err := r.arm(); err != nil {
			return 0, err
		}
		n, err := r.stream.Read(b)
		if n > 0 {
			r.last = time.Now()
		}
		if n > 0 || err == nil {
			return n, nil
		}
		if !isTimeout(err) {
			return 0, err
		}
		if err := r.expired(err); err != nil {
			return 0, err
		}
	}
}

// due is when waiting ends, as things are.
func (r *source) due() time.Time {
	if !r.inFrame {
		return r.last.Add(r.idle)
	}
	if r.begun.IsZero() {
		r.begun = time.Now()
	}
	return r.begun.Add(r.limit)
}

// arm sets the stream's deadline only where the one it has is too late: setting one
// for each frame would cost more than reading the frame.
func (r *source) arm() error {
	due := r.due()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped != nil {
		return r.stopped
	}
	if !r.armed.IsZero() && !r.armed.After(due) {
		return nil
	}
	r.armed = due
	return r.stream.SetReadDeadline(due)
}

// expired decides what a time-out of the stream means.
func (r *source) expired(err error) error {
	r.mu.Lock()
	armed, stopped := r.armed, r.stopped
	r.armed = time.Time{}
	r.mu.Unlock()
	now := time.Now()
	switch {
	case stopped != nil:
		return stopped
	case now.Before(armed):
		// The stream's deadline is still to come: its connection timed out, for good.
		return err
	case now.Before(r.due()):
		return nil
	case r.inFrame:
		return fmt.Errorf("%w: over %s", errSlow, r.limit)
	case r.quiet():
		return errIdle
	}
	r.last = now
	return nil
}

// stop ends the reading with err, once; what was read ahead is still returned.
func (r *source) stop(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped == nil {
		r.stopped = err
		_ = r.stream.SetReadDeadline(time.Unix(1, 0)) // a stream without deadlines has ended
	}
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// frames reads frames that a grammar allows.
type frames struct {
	grammar grammar
	buf     *bufio.Reader
	source  *source // nil where deadlines don't matter
}

func newFrames(g grammar, r io.Reader) *frames {
	f := &frames{grammar: g, buf: bufio.NewReaderSize(r, readBuffer)}
	f.source, _ = r.(*source)
	return f
}

// header returns the next frame's header. The caller then takes the body, by body or
// skip. io.EOF: the other side is done, at a frame's end.
func (f *frames) header() (header, error) {
	if _, err := f.buf.Peek(1); err != nil {
		return header{}, err
	}
	f.between(false)
	b, err := f.buf.Peek(headerSize)
	if err != nil {
		return header{}, truncated(err)
	}
	h, err := f.grammar.parse(b)
	if err != nil {
		return header{}, err
	}
	_, err = f.buf.Discard(headerSize)
	return h, err
}

// body returns n bytes, the caller's to keep. Only what header returned may be asked for.
func (f *frames) body(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(f.buf, b); err != nil {
		return nil, truncated(err)
	}
	f.between(true)
	return b, nil
}

// small copies a body of at most len(b) bytes into b, without allocating.
func (f *frames) small(b []byte, n int) ([]byte, error) {
	if _, err := io.ReadFull(f.buf, b[:n]); err != nil {
		return nil, truncated(err)
	}
	f.between(true)
	return b[:n], nil
}

// skip passes over a body of n bytes.
func (f *frames) skip(n int) error {
	if _, err := f.buf.Discard(n); err != nil {
		return truncated(err)
	}
	f.between(true)
	return nil
}

func (f *frames) between(is bool) {
	if f.source != nil {
		f.source.inFrame = !is
		f.source.begun = time.Time{}
	}
}

func truncated(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the stream ended within a frame", errViolation)
	}
	return err
}
