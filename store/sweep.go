package store

// sweep takes from the index what the spool was done with before the index heard of it: a
// power cut puts the index back, and the file with the end of a row may be gone by then,
// together with the row.
func (o *opening) sweep() error {
	list := o.db.spool.files.Segments()
	if o.engine == nil || o.ahead.spool.seq > 0 || len(list) == 0 || list[0].First <= o.at.spool.seq+1 {
		return nil
	}
	b, err := o.begun()
	if err != nil {
		return err
	}
	var done []string
	err = b.all.scan([]byte{kindRow}, nil, func(k, _ []byte) (bool, error) {
		if _, counts := o.db.spool.live[string(k)]; !counts && o.db.classes.of(k) == classSpool {
			done = append(done, string(k))
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, k := range done {
		if b, err = o.begun(); err != nil {
			return err
		}
		b.put([]byte(k), nil)
		if err := o.add(len(k) + rowCost); err != nil {
			return err
		}
	}
	return nil
}
