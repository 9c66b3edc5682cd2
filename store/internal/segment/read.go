package segment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/bywaynet/byway/store/internal/disk"
)

func name(number uint32) string { return fmt.Sprintf("%08d.seg", number) }

// numbers lists the folder's files; other files there are nobody's business.
func numbers(o Options) ([]uint32, error) {
	names, err := o.FS.Names(o.Dir)
	if err != nil {
		return nil, err
	}
	var out []uint32
	for _, n := range names {
		var number uint32
		if _, err := fmt.Sscanf(n, "%08d.seg", &number); err == nil && n == name(number) && number > 0 {
			out = append(out, number)
		}
	}
	return out, nil
}

// reading is what a pass over a folder found.
type reading struct {
	scan  scan
	list  []Info
	blank []uint32 // filled with zeros and not used yet
	end   int64    // where the next entry goes in the last file; 0 where it must go into a new one
}

// loaded is a file in memory.
type loaded struct {
	number uint32
	rank   uint32 // by its own head where that is right: files that were swapped are read in order
	blank  bool
}

// read goes over the files from the one that has entry from on. Where each ends it, what it
// found up to there comes with the error.
func read(ctx context.Context, o Options, sealer *Sealer, from uint64, each func(Entry) error) (*reading, error) {
	r := &reading{scan: scan{sealer: sealer, unchecked: o.Unchecked, each: each}}
	files, err := survey(o)
	if err != nil {
		return nil, err
	}
	files, r.blank = used(files)
	top := uint32(0)
	for _, f := range files {
		top = max(top, f.number)
	}
	files = skip(o, files, from)
	if o.Kind == Log && from == 0 { // the log begins with entry 1
		r.scan.begun, r.scan.known = true, true
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := r.file(o, f.number); err != nil {
			return r, err
		}
	}
	// The file after the one in use is made before that is written to, so it tells that one went.
	if n := len(r.blank); n > 0 && r.blank[n-1] > top+1 {
		r.scan.finish() // what is broken before it is another loss, and stays when the next file is that one
		r.scan.broken(Break{Kind: Missing, Segment: top + 1})
	}
	r.scan.finish()
	return r, nil
}

// file goes over one file; one that went since it was listed is done with, or not used yet.
func (r *reading) file(o Options, number uint32) error {
	path := filepath.Join(o.Dir, name(number))
	b, err := load(o.FS, path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	first := r.scan.last.Seq + 1
	if h, _, ok := decodeHead(b); ok {
		first = h.first
	}
	end, err := r.scan.file(number, b)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	info := Info{Number: number, First: first, Last: r.scan.last.Seq, Used: int64(len(b)), Size: int64(len(b))}
	if r.end = 0; end > 0 && r.scan.pending == nil {
		info.Used, r.end = end, end
	}
	r.list = append(r.list, info)
	return nil
}

// survey looks at each file's head and puts the files in order.
func survey(o Options) ([]loaded, error) {
	ns, err := numbers(o)
	if err != nil {
		return nil, err
	}
	out := make([]loaded, 0, len(ns))
	for _, n := range ns {
		f, err := o.FS.Open(filepath.Join(o.Dir, name(n)))
		if errors.Is(err, os.ErrNotExist) { // it went since it was listed: done with, or not used yet
			continue
		}
		if err != nil {
			return nil, err
		}
		b := make([]byte, fileHead)
		got, err := f.ReadAt(b, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, errors.Join(err, f.Close())
		}
		l := loaded{number: n, rank: n}
		if h, _, ok := decodeHead(b[:got]); ok && h.kind == o.Kind {
			l.rank = h.number
		} else if isZero(b[:got]) {
			rest, err := load(o.FS, filepath.Join(o.Dir, name(n)))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, errors.Join(err, f.Close())
			}
			l.blank = isZero(rest)
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b loaded) int { return cmp.Compare(a.rank, b.rank) })
	return out, nil
}

// used leaves out those at the end that are filled with zeros and not used yet, and returns their numbers.
func used(files []loaded) (_ []loaded, blank []uint32) {
	for len(files) > 0 && files[len(files)-1].blank {
		blank = append(blank, files[len(files)-1].number)
		files = files[:len(files)-1]
	}
	return files, blank
}

// skip leaves out the files whose entries all come before the one asked for.
func skip(o Options, files []loaded, from uint64) []loaded {
	for len(files) > 1 && from > 0 {
		h, ok := headOf(o, files[1].number)
		if !ok || h.first > from {
			break
		}
		files = files[1:]
	}
	return files
}

func headOf(o Options, number uint32) (head, bool) {
	f, err := o.FS.Open(filepath.Join(o.Dir, name(number)))
	if err != nil {
		return head{}, false
	}
	b := make([]byte, fileHead)
	_, err = f.ReadAt(b, 0)
	h, _, ok := decodeHead(b)
	return h, ok && errors.Join(err, f.Close()) == nil
}

func load(fs disk.FS, path string) ([]byte, error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	b := make([]byte, size)
	n, err := f.ReadAt(b, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:n], errors.Join(err, f.Close())
}

// errStop ends a scan early.
var errStop = errors.New("far enough")

// Scan reads and checks a folder from the file on that has entry from, writes nothing,
// and calls each with every whole entry of number from to through, in order; a through of
// 0 means all, and a later one may be under way. It returns where the folder isn't as it was
// written. Errors: as Open.
func Scan(ctx context.Context, o Options, from, through uint64, each func(Entry) error) ([]Break, error) {
	o = o.withDefaults()
	sealer, err := NewSealer(o.Key, o.Kind)
	if err != nil {
		return nil, err
	}
	r, err := read(ctx, o, sealer, from, func(e Entry) error {
		if through > 0 && e.Seq > through {
			return errStop
		}
		if e.Seq < from {
			return nil
		}
		if err := each(e); err != nil || e.Seq != through {
			return err
		}
		return errStop
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, err
	}
	return r.scan.breaks, nil
}
