package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Make writes a backup of src into a folder, which it makes where it isn't there and what it is in
// is, reads it back to its last byte, and only then gives it its name: a full one, or a part that
// builds on the newest there. Nothing is overwritten or deleted, and what is killed
// leaves nothing that a restore would take. src may grow while it is copied.
//
// Errors: ErrWords where the folder has backups of other words; ErrNoRoom; ErrDamaged where what
// was read back isn't what was written, and the medium isn't to be trusted; those of src and
// of the disk. There is no new backup then.
func Make(ctx context.Context, dir, words string, src Source, o Options) (Made, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.Medium == nil {
		o.Medium = folder{}
	}
	if err := makeFolder(dir); err != nil {
		return Made{}, err
	}
	if err := sweep(dir, time.Now()); err != nil { // the disk's own clock
		return Made{}, err
	}
	before, number, err := place(ctx, dir, words)
	if err != nil {
		return Made{}, err
	}
	var why string
	if before, why, err = buildsOn(ctx, src.Log, before, o.Full); err != nil {
		return Made{}, err
	}
	m := Manifest{
		Format: Format, ID: newID(), Number: number, Made: o.Now().UTC().Truncate(time.Second), Party: src.Party,
	}
	if len(before) > 0 {
		end := before.end()
		m.BuildsOn, m.Before, m.After = end.ID, end.Name(), end.UpTo
	}
	f := File{At: m.Made, Number: number, Full: m.full()}
	f.Path = filepath.Join(dir, f.Name())
	made := Made{Link: Link{f, m}, Why: why}
	if made.Lost, err = write(ctx, &made.Link, words, src, o); err != nil {
		return Made{}, roomless(dir, err)
	}
	return made, nil
}

// makeFolder makes the last folder of a path alone: what isn't there above it is mostly a medium
// that isn't mounted, and a backup below it would lie on the disk that it is to outlive.
func makeFolder(dir string) error {
	above := filepath.Dir(filepath.Clean(dir))
	if _, err := os.Stat(above); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s to make %s in; try: mount the medium that it is on, or mkdir -p %[1]s", above, filepath.Base(dir))
	}
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return isFolder(dir)
	}
	if err != nil {
		return fmt.Errorf("make the folder of the backups: %w; try: a folder that you may write to", err)
	}
	return nil
}

// place returns the chain that is in a folder, nil where none can be built on, and the
// next number there.
func place(ctx context.Context, dir, words string) (Chain, uint32, error) {
	s, err := look(ctx, dir, words)
	if errors.Is(err, ErrNone) {
		return nil, 1, nil
	}
	if err != nil {
		return nil, 0, Strange(err)
	}
	next := s.files[len(s.files)-1].Number + 1
	c, err := s.newest()
	if errors.Is(err, ErrIncomplete) {
		return nil, next, nil
	}
	return c, next, err
}

// buildsOn returns the chain that the next backup builds on, or why it is full.
func buildsOn(ctx context.Context, log Trail, c Chain, full bool) (Chain, string, error) {
	switch {
	case full, c == nil:
		return nil, "", nil
	case len(c) > PartsPerFull:
		return nil, fmt.Sprintf("%d parts build on the last full one", len(c)-1), nil
	}
	holds, err := log.Holds(ctx, c.end().UpTo)
	if err != nil {
		return nil, "", err
	}
	if !holds {
		return nil, "the last backup there goes another way than this log", nil
	}
	return c, "", nil
}

// write writes, reads back and names one backup. It returns how many entries are lost.
func write(ctx context.Context, made *Link, words string, src Source, o Options) (lost uint64, err error) {
	at, err := settle(ctx, src)
	if err != nil {
		return 0, err
	}
	made.UpTo = at.log
	w, err := newWriter(o.Medium, filepath.Dir(made.File.Path), words, made.Made)
	if err != nil {
		return 0, unwritable(filepath.Dir(made.File.Path), err)
	}
	defer w.drop()
	if lost, err = fill(ctx, w, made.Manifest, at, src, o); err != nil {
		return 0, err
	}
	if err := w.finish(); err != nil {
		return 0, err
	}
	if err := readBack(ctx, w.file.Name(), *made, lost, words, src.Check, o); err != nil {
		return 0, err
	}
	if err := w.publish(o.Medium, made.File.Path); err != nil {
		return 0, err
	}
	info, err := os.Stat(made.File.Path)
	if err == nil {
		made.File.Size = info.Size()
	}
	return lost, err
}

// fill writes all that a backup holds, and returns how many entries of the log are lost.
func fill(ctx context.Context, w *writer, m Manifest, at moment, src Source, o Options) (lost uint64, err error) {
	b, err := m.encode()
	if err != nil {
		return 0, err
	}
	if err := w.bytes(manifestFile, b); err != nil {
		return 0, err
	}
	tell := func(at Place) {
		o.Progress(Progress{Step: StepWrite, Done: at.Seq - m.After.Seq, Total: m.UpTo.Seq - m.After.Seq, Bytes: w.size})
	}
	if _, err := w.trail(ctx, src.Spool, spoolDir, Place{}, at.spool, func(Place) { tell(m.After) }); err != nil {
		return 0, fmt.Errorf("copy what is on its way: %w", err)
	}
	if lost, err = w.trail(ctx, src.Log, logDir, m.After, m.UpTo, tell); err != nil {
		return 0, fmt.Errorf("copy the log: %w", err)
	}
	for _, f := range at.fitting {
		if err := w.bytes(f.name, f.content); err != nil {
			return 0, err
		}
	}
	for _, n := range src.Files {
		if err := w.named(n); err != nil {
			return 0, err
		}
	}
	return lost, ctx.Err()
}

// readBack reads what was written as a restore would.
func readBack(ctx context.Context, temp string, l Link, lost uint64, words string, check Check, o Options) error {
	l.File.Path = temp
	m, err := head(l.File, words)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if m != l.Manifest {
		return fmt.Errorf("read back: %w: another manifest than was written", ErrDamaged)
	}
	n, err := whole(ctx, l, words, check, func(at Place, n int64) {
		o.Progress(Progress{Step: StepVerify, Done: at.Seq - l.After.Seq, Total: l.UpTo.Seq - l.After.Seq, Bytes: n})
	})
	if err == nil && n+lost != l.UpTo.Seq-l.After.Seq {
		err = fmt.Errorf("read back: %w: %d entries and %d that are lost, want %d", ErrDamaged, n, lost, l.UpTo.Seq-l.After.Seq)
	}
	return err
}
