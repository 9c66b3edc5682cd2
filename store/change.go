package store

import "encoding/binary"

// change is what a batch brings, once it is decided: requests, from which the rows of their entries follow,
// and what came of deciding. The rows are made when somebody reads, or by the index's own
// goroutine, so that no writer waits for them.
type change struct {
	kept  []kept
	heads tracked[pairKey, chain]
	rows  tracked[string, []byte] // nil: deleted
	bytes int                     // what it weighs in a transaction, at most
}

// rowsChange is one that brings nothing but rows.
func rowsChange(rows map[string][]byte) *change {
	c := &change{rows: tracked[string, []byte]{m: rows}}
	for k, v := range rows {
		c.bytes += len(k) + len(v) + rowCost
	}
	return c
}

// empty reports whether nothing changes.
func (c *change) empty() bool {
	for _, k := range c.kept {
		if len(k.request.rows) > 0 || k.request.entries() > 0 {
			return false
		}
	}
	return len(c.rows.m) == 0
}

// each hands on every row that changes, some more than once, of which the last counts; a nil value deletes.
func (c *change) each(put func(key, value []byte)) {
	for _, k := range c.kept {
		k.request.each(put)
	}
	for p, ch := range c.heads.m {
		put(headKey(p.me, p.them), ch.encode())
	}
	for k, v := range c.rows.m {
		put([]byte(k), v)
	}
}

func (r *request) each(put func(key, value []byte)) {
	for i := range r.appends {
		a := &r.appends[i]
		for j := range a.entries {
			a.entries[j].each(put)
		}
		if len(a.entries) > 0 {
			put(subjectKey(a.subject), a.after.encode())
		}
	}
	for _, row := range r.rows {
		put(row.key, row.value)
	}
}

func (e *preparedEntry) place() place { return place{e.entry.Subject, e.index} }

func (e *preparedEntry) each(put func(key, value []byte)) {
	put(entryKey(e.entry.Subject, e.index), encodeEntry(e.entry))
	at := e.place().encode()
	put(feedKey(e.seq), at)
	if e.first {
		put(typeKey(e.entry.Rec.Statement().Type(), e.seq), at)
	}
	e.eachSpot(put)
}

// eachSpot hands on the rows of the place in a chain that the entry took.
func (e *preparedEntry) eachSpot(put func(key, value []byte)) {
	if !e.placed {
		return
	}
	w, _ := whereOf(e)
	st := e.entry.Rec.Statement()
	put(spotKey(w.pair, w.side, w.n), spot{id: st.ID(), sent: st.Link().Sent, at: w.at}.encode())
	if w.side == Sent {
		put(sentIDKey(w.pair, st.ID()), binary.BigEndian.AppendUint64(nil, w.n))
	}
}
