package casting

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bywaynet/byway/protocol/answer"
	"github.com/bywaynet/byway/protocol/intention"
	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

const (
	// tableIntentions: place (8 bytes, big-endian) → at, Unix ms (8) ‖ how (1) ‖ the cast's whole record.
	tableIntentions store.Table = "intentions"
	// tableHeard: cast's id → trace in JSON.
	tableHeard store.Table = "heard"

	intentionFixed = 8 + 1
)

// trace is what is remembered of one intention until it expires.
type trace struct {
	// Seq is its place in tableIntentions; 0 where there is nothing: its withdrawal came.
	Seq     uint64    `json:"seq,omitempty"`
	Expires time.Time `json:"expires"`
	// Withdrawn is the key that took it back; empty for a live one. A withdrawal may come
	// first, from anybody: it counts where its key turns out to be the cast's.
	Withdrawn string `json:"withdrawn,omitempty"`
}

// Heard takes in a cast or withdrawal that a validator accepted, and returns once it is
// kept. One that is known changes nothing. Errors: ErrOver for an expired one, ErrFull, those of the store.
func (v *Vendor) Heard(ctx context.Context, i intention.Item, how How) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if i.IsCast() {
		return v.hear(ctx, i, how)
	}
	return v.forget(ctx, i.Withdrawal)
}

// hear keeps a cast under the next place. It holds the lock over the write, so that
// whoever reads up to a place finds all before it.
func (v *Vendor) hear(ctx context.Context, i intention.Item, how How) error {
	now := v.now()
	t, known := v.heard[i.Cast.ID]
	switch {
	case !now.Before(i.Cast.Expires):
		return fmt.Errorf("%w: it expired at %s", ErrOver, i.Cast.Expires.Format(time.RFC3339))
	case known && (t.Withdrawn == "" || t.Withdrawn == i.Cast.Key.String()):
		return nil
	case !known && len(v.heard) >= MaxHeard:
		return ErrFull
	}
	t = trace{Seq: v.last + 1, Expires: i.Cast.Expires}
	value := binary.BigEndian.AppendUint64(make([]byte, 0, intentionFixed+len(i.Record.Bytes())), uint64(now.UnixMilli()))
	value = append(append(value, byte(how)), i.Record.Bytes()...)
	err := v.Store.Commit(ctx, store.Batch{Rows: []store.Row{{Table: tableIntentions, Key: place(t.Seq), Value: value}, t.row(i.Cast.ID)}})
	if err != nil {
		return err
	}
	if err := v.Roads.Learn(i.Cast.Key, i.Cast.Reply); err != nil {
		v.Log.Info("no road back to an intention that this node can take", "intention", i.Cast.ID.Short(), "err", err)
	}
	v.heard[i.Cast.ID], v.last = t, t.Seq
	v.stir()
	return nil
}

// forget drops a cast that its key took back, and remembers that until it would have expired.
func (v *Vendor) forget(ctx context.Context, w intention.Withdrawal) error {
	t, known := v.heard[w.Cast]
	switch {
	case !v.now().Before(w.Expires), known && t.Withdrawn != "":
		return nil
	case !known && len(v.heard) >= MaxHeard:
		return ErrFull
	}
	var rows []store.Row
	if known {
		i, err := v.live(ctx, t.Seq)
		if err != nil {
			return err
		}
		if i.Key != w.Key {
			return answer.Refuse(answer.WrongSigner, "a cast is withdrawn by its own key")
		}
		rows = append(rows, store.Row{Table: tableIntentions, Key: place(t.Seq)})
	}
	t = trace{Expires: w.Expires, Withdrawn: w.Key.String()}
	if err := v.Store.Commit(ctx, store.Batch{Rows: append(rows, t.row(w.Cast))}); err != nil {
		return err
	}
	v.heard[w.Cast] = t
	return nil
}

// live reads the intention at a place. Errors: ErrUnknown, those of the store.
func (v *Vendor) live(ctx context.Context, seq uint64) (heard, error) {
	b, err := v.Store.Get(ctx, tableIntentions, place(seq))
	if errors.Is(err, store.ErrNotFound) {
		return heard{}, fmt.Errorf("%w: it was withdrawn or has expired", ErrUnknown)
	}
	if err != nil {
		return heard{}, err
	}
	return readHeard(store.Row{Key: place(seq), Value: b})
}

// byID reads a live intention. Errors: ErrUnknown, ErrOver, those of the store.
func (v *Vendor) byID(ctx context.Context, id record.ID) (heard, error) {
	v.mu.Lock()
	t, known := v.heard[id]
	v.mu.Unlock()
	switch {
	case !known:
		return heard{}, fmt.Errorf("%w: intention %s", ErrUnknown, id.Short())
	case t.Withdrawn != "":
		return heard{}, fmt.Errorf("%w: intention %s was withdrawn", ErrOver, id.Short())
	}
	return v.live(ctx, t.Seq)
}

// heard is one live intention with its record.
type heard struct {
	Intention
	seq uint64
	rec record.Verified
}

func readHeard(r store.Row) (heard, error) {
	if len(r.Key) != 8 || len(r.Value) < intentionFixed {
		return heard{}, fmt.Errorf("%w: a row of %s", store.ErrCorrupt, tableIntentions)
	}
	v, err := record.Verify(r.Value[intentionFixed:], record.Want{Complete: true})
	if err != nil {
		return heard{}, fmt.Errorf("%w: a row of %s: %w", store.ErrCorrupt, tableIntentions, err)
	}
	c, err := intention.ReadCast(v)
	if err != nil {
		return heard{}, fmt.Errorf("%w: a row of %s: %w", store.ErrCorrupt, tableIntentions, err)
	}
	at := time.UnixMilli(int64(binary.BigEndian.Uint64(r.Value))).UTC()
	return heard{Intention: Intention{Cast: c, At: at, How: How(r.Value[8])}, seq: binary.BigEndian.Uint64(r.Key), rec: v}, nil
}

func place(seq uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 0, 8), seq) }

func (t trace) row(id record.ID) store.Row {
	b, err := json.Marshal(t)
	if err != nil {
		b = []byte("{}") // its times come from casts, which are within what JSON has
	}
	return store.Row{Table: tableHeard, Key: id[:], Value: b}
}

func readTrace(r store.Row) (id record.ID, t trace, err error) {
	if id, err = record.IDFromBytes(r.Key); err == nil {
		err = json.Unmarshal(r.Value, &t)
	}
	if err != nil {
		err = fmt.Errorf("%w: a row of %s: %w", store.ErrCorrupt, tableHeard, err)
	}
	return id, t, err
}
