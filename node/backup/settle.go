package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

const (
	// maxFitting bounds each of Source.Fitting, in bytes: they are held in memory.
	maxFitting = 16 << 20
	// maxSettling is how often settle looks before it gives up: each look takes less than a
	// millisecond, and what is looked at is replaced when its owner changes it.
	maxSettling = 1000
)

// A moment is what a source was at one.
type moment struct {
	log, spool Place
	fitting    []content
}

type content struct {
	name    string
	content []byte
}

// settle finds a moment: a file that is the same before and after the log was looked at
// was so then, too. The spool comes before the log: what it sends is then in that much of the log.
func settle(ctx context.Context, src Source) (m moment, err error) {
	for range maxSettling {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		if m.fitting, err = contents(src.Fitting); err != nil {
			return m, err
		}
		if m.spool, err = src.Spool.Head(ctx); err != nil {
			return m, err
		}
		if m.log, err = src.Log.Head(ctx); err != nil {
			return m, err
		}
		after, err := contents(src.Fitting)
		if err != nil || same(m.fitting, after) {
			return m, err
		}
	}
	return m, errors.New("the node's files change all the time; try once more")
}

func contents(files []Named) (out []content, err error) {
	for _, f := range files {
		b, err := f.read()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		out = append(out, content{f.Name, b})
	}
	return out, nil
}

func (n Named) read() ([]byte, error) {
	r, size, err := n.Open()
	if err != nil {
		return nil, err
	}
	if size > maxFitting {
		return nil, errors.Join(fmt.Errorf("it has %d bytes, at most %d", size, maxFitting), r.Close())
	}
	b := make([]byte, size)
	_, err = io.ReadFull(r, b)
	return b, errors.Join(err, r.Close())
}

func same(a, b []content) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].name != b[i].name || !bytes.Equal(a[i].content, b[i].content) {
			return false
		}
	}
	return true
}
