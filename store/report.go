package store

import "context"

// Report says how a store is.
type Report struct {
	Size
	// Log, Spool and Index are what each occupies, in bytes; LogEntries and SpoolEntries
	// count what was ever written to the trails.
	Log, Spool, Index        int64
	LogEntries, SpoolEntries uint64
	// Lag is how many bytes were acknowledged and aren't in the index yet: a start after a
	// crash reads them from the log.
	Lag int
	// Free and Total are of the disk, for this user, in bytes.
	Free, Total uint64
	// Low says that nothing new is written, since too little is free.
	Low bool
	// Ballast says that there is some room in reserve, which is given up on a full disk.
	Ballast bool
	// ReadOnly is why nothing is written until the next start; nil where that isn't so.
	ReadOnly error
	// Findings counts what wasn't as it was written; see DB.Findings.
	Findings int
}

// Report returns how the store is now. Errors: ErrClosed, ctx's, the system's.
func (d *DB) Report(ctx context.Context) (r Report, err error) {
	found, err := d.Findings(ctx)
	if err != nil {
		return r, err
	}
	r.Findings = len(found)
	if r.Size, err = d.Size(ctx); err != nil {
		return r, err
	}
	for dir, n := range map[string]*int64{logDir: &r.Log, spoolDir: &r.Spool, indexDir: &r.Index} {
		if *n, err = occupied(d.path(dir)); err != nil {
			return r, err
		}
	}
	log, _ := d.log.Head()
	spool, _ := d.spool.files.Head()
	r.LogEntries, r.SpoolEntries = log.Seq, spool.Seq
	if d.overlay != nil {
		r.Lag = d.overlay.lag()
	}
	if r.Free, r.Total, err = d.options.FS.Free(d.dir); err != nil {
		return r, err
	}
	r.Low, r.Ballast = r.Free < lowSpace, d.room.ballast.Load()
	if why := d.readOnly.Load(); why != nil {
		r.ReadOnly = again(*why, r.Free)
	}
	return r, nil
}
