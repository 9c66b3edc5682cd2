package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/bywaynet/byway/store/internal/segment"
)

// Trail is one of the two chains of sealed entries that a store is made of.
type Trail uint8

// The trails.
const (
	LogTrail   Trail = Trail(segment.Log)   // the log: entries for ever
	SpoolTrail Trail = Trail(segment.Spool) // the spool: entries until they are done with
)

// pieceSize is how much CopyTrail hands over at once, in bytes, but for the entry that exceeds it.
const pieceSize = 4 << 20

// TrailPlace is where a trail stands after one of its entries; zero before the first.
type TrailPlace struct {
	Seq  uint64   // of the entry, in its trail
	Mark uint64   // of the log: the Seq of the last Event that it holds
	Hash [32]byte // of the entry
}

func (t Trail) options(dir string, key [32]byte) segment.Options {
	return segment.Options{Dir: filepath.Join(dir, t.folder()), Kind: segment.Kind(t), Key: key}
}

func (t Trail) folder() string {
	if t == SpoolTrail {
		return spoolDir
	}
	return logDir
}

// CopyTrail reads a trail of the store in dir from the entry after one place up to the
// other, and calls each with whole entries as they are on disk, and where the trail stands
// after them. Each is checked before. The store may be open meanwhile; upTo must be a place
// that it returned. It returns how many entries in between are lost since they are damaged.
// Errors: ErrCorrupt where upTo itself is, each's, ctx's, those of the disk.
func CopyTrail(ctx context.Context, dir string, key [32]byte, t Trail, after, upTo TrailPlace, each func(raw []byte, last TrailPlace) error) (lost uint64, err error) {
	if upTo.Seq <= after.Seq {
		return 0, nil
	}
	p := &piece{o: t.options(dir, key), at: after, each: each}
	c, err := segment.Copy(ctx, p.o, after.Seq+1, upTo.Seq, p)
	if err == nil {
		err = p.flush()
	}
	if err != nil {
		return 0, err
	}
	if c.Last.Seq != upTo.Seq || c.Hash != upTo.Hash {
		return 0, fmt.Errorf("%w: entry %d of the %s can't be read any more; try: byway store check", ErrCorrupt, upTo.Seq, t.folder())
	}
	from := after.Seq
	if t == SpoolTrail { // its oldest are gone since they are done with
		from = max(from, c.First.Seq-1)
	}
	return upTo.Seq - from - p.n, nil
}

// A piece gathers entries, each of which is one Write.
type piece struct {
	o    segment.Options
	at   TrailPlace
	n    uint64 // entries so far
	buf  []byte
	each func(raw []byte, last TrailPlace) error
}

func (p *piece) Write(entry []byte) (int, error) {
	if len(p.buf) > 0 && len(p.buf)+len(entry) > pieceSize {
		if err := p.flush(); err != nil {
			return 0, err
		}
	}
	p.buf = append(p.buf, entry...)
	return len(entry), nil
}

func (p *piece) flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	at, n, err := follow(p.o, p.at, p.buf)
	if err != nil {
		return err
	}
	p.at, p.n = at, p.n+n
	err = p.each(p.buf, p.at)
	p.buf = p.buf[:0]
	return err
}

// FollowTrail returns where a trail stands that stood at after, once what CopyTrail handed
// over has come, and how many entries that is. Errors: ErrCorrupt where they aren't whole,
// don't follow, or are sealed under another key.
func FollowTrail(key [32]byte, t Trail, after TrailPlace, raw []byte) (TrailPlace, uint64, error) {
	return follow(t.options("", key), after, raw)
}

func follow(o segment.Options, after TrailPlace, raw []byte) (TrailPlace, uint64, error) {
	c, n, err := segment.Follow(o, segment.Place{Seq: after.Seq, Mark: after.Mark}, after.Hash, bytes.NewReader(raw))
	if err != nil {
		return after, n, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return TrailPlace{c.Last.Seq, c.Last.Mark, c.Hash}, n, nil
}

// TrailHead returns where a trail stands: all up to there is durable.
func (d *DB) TrailHead(t Trail) TrailPlace {
	f := d.log
	if t == SpoolTrail {
		f = d.spool.files
	}
	p, hash := f.Head()
	return TrailPlace{p.Seq, p.Mark, hash}
}

// HoldsTrail reports whether a trail of the store in dir leads through a place: another
// trail doesn't, nor one that lost the entry. The store may be open meanwhile.
func HoldsTrail(ctx context.Context, dir string, key [32]byte, t Trail, p TrailPlace) (bool, error) {
	if p.Seq == 0 {
		return p == TrailPlace{}, nil
	}
	var holds bool
	_, err := segment.Scan(ctx, t.options(dir, key), p.Seq, p.Seq, func(e segment.Entry) error {
		holds = TrailPlace{e.Seq, e.Mark, e.Hash} == p
		return nil
	})
	return holds, err
}

// Import is a new store's folder that is filled with what CopyTrail handed over.
type Import struct {
	log, spool *segment.Files
}

// NewImport begins a store in dir, where there is none. Errors: ErrLayout where there is
// one; those of the disk.
func NewImport(ctx context.Context, dir string, key [32]byte) (*Import, error) {
	open := func(t Trail) (*segment.Files, error) {
		f, _, err := segment.Open(ctx, t.options(dir, key), func(segment.Entry) error {
			return fmt.Errorf("%w: %s has a store already", ErrLayout, dir)
		})
		return f, err
	}
	log, err := open(LogTrail)
	if err != nil {
		return nil, err
	}
	spool, err := open(SpoolTrail)
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return &Import{log, spool}, nil
}

// Add adds whole entries to the end of a trail, durable once it returns. Errors:
// ErrCorrupt where they aren't whole; those of the disk. The folder is to be thrown away then.
func (i *Import) Add(ctx context.Context, t Trail, raw []byte) error {
	f := i.log
	if t == SpoolTrail {
		f = i.spool
	}
	if _, err := segment.Paste(ctx, f, bytes.NewReader(raw)); err != nil {
		if errors.Is(err, segment.ErrRaw) || errors.Is(err, segment.ErrKey) {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		return err
	}
	return nil
}

// Close ends the import. Open builds the index.
func (i *Import) Close() error { return errors.Join(i.log.Close(), i.spool.Close()) }
