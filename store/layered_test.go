package store

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

// model is a plain map with the same questions as a reader.
type model map[string]string

func (m model) scan(prefix, from string, most int) (out []string) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(k, prefix) && k >= from && len(out) < most {
			out = append(out, k+"="+m[k])
		}
	}
	return out
}

func (m model) apply(rows map[string][]byte) model {
	out := maps.Clone(m)
	for k, v := range rows {
		if out[k] = string(v); v == nil {
			delete(out, k)
		}
	}
	return out
}

// held is a view that stays open, and what it must go on to show.
type heldView struct {
	reader reader
	want   model
	done   func()
}

// overlayWorld is an overlay over an index, in which one case has the keys of its own prefixes.
type overlayWorld struct {
	engine  *engine
	overlay *overlay
	tag     string
	now     model
	views   []heldView
	log     uint64
}

func (w *overlayWorld) key() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		kind := rapid.SampledFrom([]string{"s", "x"}).Draw(t, "kind")
		return kind + w.tag + rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00\u00ff")), 0, 3, -1).Draw(t, "rest")
	})
}

func (w *overlayWorld) publish(t *rapid.T) {
	rows := map[string][]byte{}
	for range rapid.IntRange(0, 5).Draw(t, "rows") {
		k := w.key().Draw(t, "key")
		if rows[k] = []byte(rapid.SampledFrom([]string{"", "1", "2", "3"}).Draw(t, "value")); rapid.Bool().Draw(t, "deleted") {
			rows[k] = nil
		}
	}
	w.log++
	w.now = w.now.apply(rows)
	w.overlay.publish(rowsChange(rows), position{seq: w.log}, position{})
}

func (w *overlayWorld) seal(*rapid.T) {
	w.overlay.mu.Lock()
	defer w.overlay.mu.Unlock()
	w.overlay.seal()
}

func (w *overlayWorld) index(t *rapid.T) {
	if l := w.overlay.oldest(); l != nil {
		if err := w.engine.apply(l); err != nil {
			t.Fatal(err)
		}
		w.overlay.indexed(w.engine.db)
	}
}

func (w *overlayWorld) open(*rapid.T) {
	v, done := w.overlay.take(false)
	w.views = append(w.views, heldView{v, w.now, done})
}

func (w *overlayWorld) shut(t *rapid.T) {
	if len(w.views) > 0 {
		i := rapid.IntRange(0, len(w.views)-1).Draw(t, "which")
		w.views[i].done()
		w.views = slices.Delete(w.views, i, i+1)
	}
}

// check asks every view that is open, a new one, and the writer's own the same questions.
func (w *overlayWorld) check(t *rapid.T) {
	key, from, most := w.key().Draw(t, "get"), w.key().Draw(t, "from"), rapid.IntRange(1, 6).Draw(t, "most")
	prefix := from[:rapid.IntRange(1+len(w.tag), len(from)).Draw(t, "prefix")]
	ask := func(what string, r reader, want model) {
		if err := asked(r, want, key, prefix, from, most); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	for i, v := range w.views {
		ask(fmt.Sprint("view ", i), v.reader, v.want)
	}
	err := errors.Join(
		w.overlay.view(func(r reader) error { ask("now", r, w.now); return nil }),
		w.overlay.decide(func(_, r reader) error { ask("the writer's", r, w.now); return nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
}

// asked compares one get and one scan, which stops after a number of rows.
func asked(r reader, want model, key, prefix, from string, most int) error {
	v, err := r.get([]byte(key))
	if s, has := want[key]; err != nil || has != (v != nil) || string(v) != s {
		return fmt.Errorf("%q is %q (%w), want %q", key, v, err, s)
	}
	var rows []string
	err = r.scan([]byte(prefix), []byte(from), func(k, v []byte) (bool, error) {
		rows = append(rows, string(k)+"="+string(v))
		return len(rows) < most, nil
	})
	if want := want.scan(prefix, from, most); err != nil || !slices.Equal(rows, want) {
		return fmt.Errorf("%d rows of %q from %q: %q (%w), want %q", most, prefix, from, rows, err, want)
	}
	stop := errors.New("stop")
	if err := r.scan([]byte(prefix), nil, func(_, _ []byte) (bool, error) { return true, stop }); len(rows) > 0 && !errors.Is(err, stop) {
		return fmt.Errorf("an error in a scan of %q became %w", prefix, err)
	}
	return nil
}

// A view shows what was acknowledged when it was taken, wherever the rows lie by now.
func TestViewsStayAsTheyWereWhileLayersMove(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	e, err := openEngine(t.TempDir(), [32]byte{1}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	rapid.Check(t, func(t *rapid.T) {
		cases++
		w := &overlayWorld{engine: e, overlay: newOverlay(e.db), tag: fmt.Sprintf("%06d", cases), now: model{}}
		t.Repeat(map[string]func(*rapid.T){
			"publish": w.publish, "seal": w.seal, "index": w.index, "open": w.open, "shut": w.shut, "": w.check,
		})
		for _, v := range w.views {
			v.done()
		}
		w.overlay.close()
		if w.overlay.index != nil {
			t.Fatal("a closed overlay keeps a snapshot")
		}
	})
	if err := e.close(); err != nil {
		t.Error(err)
	}
}

// Rows of what was written long ago are made while others write.
func TestAViewKeepsNobodyFromWriting(t *testing.T) {
	e, err := openEngine(t.TempDir(), [32]byte{1}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	o := newOverlay(e.db)
	o.publish(rowsChange(map[string][]byte{"xa": []byte("1")}), position{}, position{})
	l := o.oldest()
	l.mu.Lock() // its rows take their time
	seen := make(chan error, 1)
	go func() {
		seen <- o.view(func(r reader) error { return asked(r, model{"xa": "1"}, "xa", "x", "x", 5) })
	}()
	viewed := func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.index.users > 1
	}
	for !viewed() {
		runtime.Gosched()
	}
	o.publish(rowsChange(map[string][]byte{"xb": []byte("2")}), position{}, position{})
	l.mu.Unlock()
	if err := <-seen; err != nil {
		t.Errorf("it shows another moment: %v", err)
	}
	o.close()
	if err := e.close(); err != nil {
		t.Error(err)
	}
}
