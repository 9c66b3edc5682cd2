package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/node/backup"
)

const words = "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual"

// tale is a trail of plain entries: length (4), sum of the one before (32), text.
type tale struct {
	raw   [][]byte
	end   []backup.Place
	fail  error  // by Copy, before its second piece
	while func() // once, while it is copied
	lost  uint64 // what Copy says
	piece int    // entries a piece, 2 by default
}

func (t *tale) say(texts ...string) *tale {
	for _, text := range texts {
		var at backup.Place
		if n := len(t.end); n > 0 {
			at = t.end[n-1]
		}
		b := binary.BigEndian.AppendUint32(nil, uint32(32+len(text)))
		b = append(append(b, at.Hash[:]...), text...)
		t.raw = append(t.raw, b)
		t.end = append(t.end, backup.Place{Seq: at.Seq + 1, Mark: at.Mark + 2, Hash: sha256.Sum256(b)})
	}
	return t
}

func (t *tale) Head(context.Context) (backup.Place, error) {
	if len(t.end) == 0 {
		return backup.Place{}, nil
	}
	return t.end[len(t.end)-1], nil
}

func (t *tale) Holds(_ context.Context, p backup.Place) (bool, error) {
	return p == backup.Place{} || p.Seq <= uint64(len(t.end)) && t.end[p.Seq-1] == p, nil
}

func (t *tale) Copy(_ context.Context, after, upTo backup.Place, each func(backup.Piece) error) (uint64, error) {
	for i := after.Seq; i < upTo.Seq; {
		if t.while != nil {
			t.while()
			t.while = nil
		}
		n := min(i+uint64(max(t.piece, 2)), upTo.Seq)
		if err := each(backup.Piece{Raw: bytes.Join(t.raw[i:n], nil), Last: t.end[n-1]}); err != nil {
			return 0, err
		}
		if i = n; t.fail != nil {
			return 0, t.fail
		}
	}
	return t.lost, nil
}

var errTale = errors.New("not the tale")

// reader reads pieces of tales; spoil, where set, has them come back changed.
type reader struct{ spoil bool }

func (r reader) Log(at backup.Place, raw []byte) (backup.Place, uint64, error) {
	if r.spoil {
		raw = bytes.Clone(raw)
		raw[40] ^= 1
	}
	to, err := check(at, raw)
	return to, to.Seq - at.Seq, err
}

func (r reader) Spool(at backup.Place, raw []byte) (backup.Place, uint64, error) {
	return r.Log(at, raw)
}

func check(at backup.Place, raw []byte) (backup.Place, error) {
	for len(raw) > 0 {
		if len(raw) < 36 {
			return at, errTale
		}
		n := int(binary.BigEndian.Uint32(raw)) + 4
		if n > len(raw) || n < 36 || !bytes.Equal(raw[4:36], at.Hash[:]) {
			return at, errTale
		}
		at = backup.Place{Seq: at.Seq + 1, Mark: at.Mark + 2, Hash: sha256.Sum256(raw[:n])}
		raw = raw[n:]
	}
	return at, nil
}

// shop is a node with a folder of backups.
type shop struct {
	t          *testing.T
	dir        string
	log, spool *tale
	files      map[string]string
	now        time.Time
	reads      func() // after a file was read
}

func newShop(t *testing.T) *shop {
	t.Helper()
	return &shop{
		t: t, dir: filepath.Join(t.TempDir(), "usb"), log: new(tale), spool: new(tale),
		files: map[string]string{"node/party.json": "{}\n", "store/vault.keys": "key of her address"},
		now:   time.Date(2026, 11, 24, 10, 15, 0, 0, time.UTC),
	}
}

func (s *shop) source() backup.Source {
	src := backup.Source{Party: "organisation", Log: s.log, Spool: s.spool, Check: reader{}}
	src.Fitting = s.named("store/vault.keys")
	src.Files = s.named("node/party.json", "node/catalog.json")
	return src
}

func (s *shop) named(names ...string) (out []backup.Named) {
	for _, name := range names {
		out = append(out, backup.Named{Name: name, Open: func() (io.ReadCloser, int64, error) {
			text, ok := s.files[name]
			if !ok {
				return nil, 0, fs.ErrNotExist
			}
			if s.reads != nil {
				s.reads()
			}
			return io.NopCloser(strings.NewReader(text)), int64(len(text)), nil
		}})
	}
	return out
}

// tick is the clock: a day a look.
func (s *shop) tick() time.Time {
	s.now = s.now.Add(24 * time.Hour)
	return s.now
}

func (s *shop) make(full bool) backup.Made {
	s.t.Helper()
	m, err := backup.Make(s.t.Context(), s.dir, words, s.source(), backup.Options{Full: full, Now: s.tick})
	if err != nil {
		s.t.Fatalf("Make: %v", err)
	}
	return m
}

// bare is where a test restores to.
type bare struct {
	log, spool bytes.Buffer
	files      map[string]string
}

func (b *bare) Log(raw []byte) error   { b.log.Write(raw); return nil }
func (b *bare) Spool(raw []byte) error { b.spool.Write(raw); return nil }
func (b *bare) File(name string, r io.Reader) error {
	text, err := io.ReadAll(r)
	b.files[name] = string(text)
	return err
}

// restore restores and returns the texts of the log, and what else there is.
func (s *shop) restore(partial bool) (*bare, backup.Restorable, error) {
	s.t.Helper()
	r, err := backup.Find(s.t.Context(), s.dir, words, reader{}, partial, nil)
	if err != nil {
		return nil, r, err
	}
	b := &bare{files: map[string]string{}}
	if err := r.Restore(s.t.Context(), b, nil); err != nil {
		s.t.Fatalf("Restore: %v", err)
	}
	if at, err := check(backup.Place{}, b.log.Bytes()); err != nil || at != r.End().UpTo {
		s.t.Fatalf("the log that came back ends at %+v (%v), want %+v", at, err, r.End().UpTo)
	}
	return b, r, nil
}

func (b *bare) texts() string {
	var out []string
	for raw := b.log.Bytes(); len(raw) > 0; {
		n := int(binary.BigEndian.Uint32(raw)) + 4
		out = append(out, string(raw[36:n]))
		raw = raw[n:]
	}
	return strings.Join(out, " ")
}

// names are the files in the folder of backups.
func (s *shop) names() []string {
	s.t.Helper()
	es, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.t.Fatal(err)
	}
	var out []string
	for _, e := range es {
		out = append(out, e.Name())
	}
	return out
}

// flip changes one bit of a file.
func flip(t *testing.T, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func texts(from, to int) (out []string) {
	for i := from; i <= to; i++ {
		out = append(out, fmt.Sprint("loaf", i))
	}
	return out
}
