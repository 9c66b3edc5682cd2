package store

import (
	"errors"
	"fmt"

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
		r.sealed = s.Seal(r.appendBody(append(make([]byte, 0, r.weight), bodyWrite), logged))
	}
}

// journal makes a batch durable: first what goes into the spool, then what goes into the
// log, which decides whether both count; then readers see it.
type journal struct {
	log     *segment.Files
	spool   *spool
	overlay *overlay
}

func (j *journal) position() position {
	p, hash := j.log.Head()
	return position{p.Seq, hash}
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
	rows := j.overlay.prepare(b.rows)
	defer func() { <-rows.done }()
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
	at := j.position()
	j.overlay.remember(b.rows, at.seq)
	<-rows.done
	j.overlay.publish(b.rows, rows, at, j.spool.head())
	return nil
}
