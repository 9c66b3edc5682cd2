package store

import (
	"errors"
	"fmt"
	"sync"

	"github.com/bywaynet/byway/store/internal/segment"
)

// class says where the rows of a table are durable.
type class uint8

const (
	classLog   class = iota // in the log, for ever
	classSpool              // in the spool, until they are deleted
	classCache              // in the index alone, until that is made again
)

// classes are the tables that aren't in the log.
type classes map[string]class

func newClasses(o Options) classes {
	c := classes{}
	for _, t := range o.Spool {
		c[string(rowPrefix(t))] = classSpool
	}
	for _, t := range o.Cache {
		c[string(rowPrefix(t))] = classCache
	}
	return c
}

func (c classes) of(rowKey []byte) class { return c[string(rowKey[:2+int(rowKey[1])])] }

// bodyRoom is room for what is sealed next.
var bodyRoom = sync.Pool{New: func() any { return new([]byte) }}

// seal makes ready what the log will hold of r; the spool's rows and their entry's
// number are known to the writer alone, so those are sealed by it.
func (c classes) seal(r *request, s *segment.Sealer) {
	var logged []kv
	for _, row := range r.rows {
		switch c.of(row.key) {
		case classLog:
			logged = append(logged, row)
		case classSpool:
			r.letters = append(r.letters, row)
		case classCache:
		}
	}
	if len(r.appends) > 0 || len(logged) > 0 {
		body := bodyRoom.Get().(*[]byte) //nolint:forcetypeassert // nothing else is put there
		*body = r.appendBody(append((*body)[:0], bodyWrite), logged)
		r.sealed = s.Seal(*body)
		if cap(*body) <= MaxBatch/16 {
			bodyRoom.Put(body)
		}
	}
}

// journal makes a batch durable: first what goes into the spool, then what goes into the
// log, which decides whether both count; then readers see it.
type journal struct {
	log     *segment.Files
	spool   *spool
	overlay *overlay
}

func (j *journal) commit(b *batch) error {
	// A trail may have failed at what it makes ready, too, or the one that this batch leaves out.
	if err := errors.Join(j.log.Failed(), j.spool.files.Failed()); err != nil {
		return err
	}
	next, _ := j.log.Head()
	var entries []segment.Pending
	var out []letters
	for _, k := range b.kept {
		l := letters{rows: k.request.letters}
		if k.request.sealed.Size() > 0 {
			entries = append(entries, segment.Pending{Sealed: k.request.sealed, Mark: k.seq})
			l.with = next.Seq + uint64(len(entries))
		}
		if len(l.rows) > 0 {
			out = append(out, l)
		}
	}
	if len(out) > 0 {
		if err := j.spool.append(out); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
	if len(entries) > 0 {
		if _, err := j.log.Append(entries...); err != nil {
			return fmt.Errorf("log: %w", err)
		}
	}
	for _, k := range b.kept {
		k.request.sealed, k.request.letters = segment.Sealed{}, nil // the rows are made without
	}
	j.overlay.publish(b.change, headOf(j.log), j.spool.head())
	return nil
}
