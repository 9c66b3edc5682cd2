package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bywaynet/byway/node/backup"
)

// stick is a folder that fails as told.
type stick struct {
	room                  int   // bytes that may still be written, where full is set
	full                  error // what a write says once there is no more room
	create, sync, publish error
	wrote                 int
}

func (s *stick) Create(dir string) (backup.Output, error) {
	if s.create != nil {
		return nil, s.create
	}
	f, err := os.CreateTemp(dir, ".byway-backup-*")
	return output{f, s}, err
}

func (s *stick) Publish(temp, path string) error {
	if s.publish != nil {
		return s.publish
	}
	return os.Rename(temp, path)
}

type output struct {
	*os.File
	stick *stick
}

// Write writes what there is room for, as a full disk does.
func (o output) Write(b []byte) (int, error) {
	o.stick.wrote += len(b)
	if o.stick.full == nil || len(b) <= o.stick.room {
		o.stick.room -= len(b)
		return o.File.Write(b)
	}
	n, err := o.File.Write(b[:o.stick.room])
	o.stick.room = 0
	return n, errors.Join(o.stick.full, err)
}

func (o output) Sync() error { return errors.Join(o.stick.sync, o.File.Sync()) }

// stays holds that a failed backup left the folder as it was, and that the next one is whole.
func (s *shop) stays(before []string, want string) {
	s.t.Helper()
	if got := s.names(); !slices.Equal(got, before) {
		s.t.Errorf("the folder has %q, want %q", got, before)
	}
	if b, r, err := s.restore(false); err != nil || len(r.Chain) != len(before) || b.texts() != want {
		s.t.Errorf("the backup before isn't whole: %d files, %v", len(r.Chain), err)
	}
}

func (s *shop) makeOn(m backup.Medium) error {
	s.t.Helper()
	made, err := backup.Make(s.t.Context(), s.dir, words, s.source(), backup.Options{Now: s.tick, Medium: m})
	if err != nil && made.ID != "" {
		s.t.Errorf("it failed, and says that %s was made", made.Name())
	}
	return err
}

func TestNoRoomLeavesTheBackupBeforeWhole(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 6)...)
	s.make(false)
	before, want := s.names(), strings.Join(texts(1, 6), " ")
	s.log.say(texts(7, 400)...)
	all := &stick{}
	if err := s.makeOn(all); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(s.dir, s.names()[1])); err != nil {
		t.Fatal(err)
	}
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		for part := range 8 {
			room := all.wrote * part / 8
			err := s.makeOn(&stick{room: room, full: full})
			if !errors.Is(err, backup.ErrNoRoom) || !errors.Is(err, full) || !strings.HasSuffix(err.Error(), "; try: byway backup prune "+s.dir+", or another folder") {
				t.Errorf("%v with room for %d of %d bytes: %v", full, room, all.wrote, err)
			}
			s.stays(before, want)
		}
	}
	s.make(false)
	if b, _, err := s.restore(false); err != nil || !strings.HasSuffix(b.texts(), "loaf400") {
		t.Errorf("the next one doesn't come back: %v", err)
	}
}

func TestAMediumThatFailsLeavesTheBackupBeforeWhole(t *testing.T) {
	broken := errors.New("the stick is broken")
	for name, m := range map[string]*stick{
		"no file can be made": {create: broken}, "it can't be synced": {sync: broken}, "it can't be named": {publish: broken},
		"it can't be written": {full: broken},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.log.say(texts(1, 6)...)
			s.make(false)
			before := s.names()
			s.log.say("loaf7")
			if err := s.makeOn(m); !errors.Is(err, broken) || errors.Is(err, backup.ErrNoRoom) {
				t.Errorf("got %v", err)
			}
			s.stays(before, strings.Join(texts(1, 6), " "))
			s.make(false)
			if b, _, err := s.restore(false); err != nil || !strings.HasSuffix(b.texts(), "loaf7") {
				t.Errorf("the next one doesn't come back: %v", err)
			}
		})
	}
}

// The control: the same medium without its fault makes backups.
func TestAMediumWithoutAFaultMakesBackups(t *testing.T) {
	s := newShop(t)
	s.log.say(texts(1, 6)...)
	if err := s.makeOn(&stick{}); err != nil {
		t.Fatal(err)
	}
	s.stays(s.names(), strings.Join(texts(1, 6), " "))
}
