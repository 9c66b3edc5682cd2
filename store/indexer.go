package store

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// indexer brings layers into the index, one after another, in a goroutine of its own.
type indexer struct {
	engine  *engine
	overlay *overlay
	room    *room
	dir     string
	log     *slog.Logger
	stop    chan struct{}
	ended   chan struct{}
	writing func() bool // somebody waits for a write
	failed  error       // why nothing goes in any more; the goroutine's until it ended
	private map[string]bool
}

// retry is how long the indexer waits for room, and how often it looks after the ballast.
const retry = time.Second

func startIndexer(e *engine, o *overlay, r *room, dir string, log *slog.Logger, writing func() bool) *indexer {
	x := &indexer{engine: e, overlay: o, room: r, dir: dir, log: log, writing: writing, stop: make(chan struct{}), ended: make(chan struct{}), private: map[string]bool{}}
	x.hide()
	go x.run()
	return x
}

func (x *indexer) run() {
	defer close(x.ended)
	tick := time.NewTicker(retry)
	defer tick.Stop()
	for {
		select {
		case <-x.overlay.work:
		case <-tick.C:
			x.room.dire()
			if err := x.room.stow(); err != nil {
				x.log.Debug("no ballast", "err", err)
			}
		case <-x.stop:
			x.drain()
			return
		}
		x.drain()
	}
}

// quiet is how long nobody must have written before the index gets what they wrote: both
// want the processor, and those who write wait for it.
const quiet = time.Millisecond

func (x *indexer) wait() {
	for {
		select {
		case <-x.stop:
			return
		default:
		}
		before, pressed := x.overlay.busy()
		if pressed {
			return
		}
		select {
		case <-time.After(quiet):
		case <-x.stop:
			return
		}
		if now, _ := x.overlay.busy(); now == before && !x.writing() {
			return
		}
	}
}

// drain brings in all that waited, while there is room.
func (x *indexer) drain() {
	for l := x.overlay.oldest(); l != nil && x.failed == nil; l = x.overlay.oldest() {
		x.wait()
		if x.room.dire() || x.room.roomFor(x.engine.size()) != nil {
			x.overlay.hold(true)
			return
		}
		if err := x.engine.apply(l); err != nil {
			// The log has it all; the index is made whole at the next start.
			x.failed = err
			x.log.Error("the index can't be written; nothing is lost, but start again", "err", err)
			x.overlay.hold(true)
			return
		}
		x.overlay.indexed(x.engine.db)
		x.hide()
	}
}

// hide makes the index's files readable by their owner alone: Badger leaves that to the umask.
func (x *indexer) hide() {
	es, err := os.ReadDir(x.dir)
	if err != nil {
		return
	}
	for _, e := range es {
		if !x.private[e.Name()] {
			x.private[e.Name()] = true
			if err := os.Chmod(filepath.Join(x.dir, e.Name()), 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
				x.log.Warn("others may be able to read a file of the index", "file", e.Name(), "err", err)
			}
		}
	}
}

// close brings in what waits and gives the index free; on a disk without room it does
// neither, since Badger would end the process: the log has all.
func (x *indexer) close() error {
	close(x.stop)
	<-x.ended
	x.overlay.close()
	if x.room.dire() {
		x.log.Warn("the disk is full: the index is left as it is, and follows the log at the next start")
		return nil
	}
	err := x.engine.close()
	x.private = map[string]bool{}
	x.hide()
	return err
}
