package localapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bywaynet/byway/node/backup"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// keeperFake does what the test says.
type keeperFake struct {
	backup func(ctx context.Context, folder string, full bool, tell func(backup.Progress)) (backup.Made, error)
	verify backup.Verified
	err    error
}

func (k *keeperFake) Backup(ctx context.Context, folder string, full bool, tell func(backup.Progress)) (backup.Made, error) {
	return k.backup(ctx, folder, full, tell)
}

func (k *keeperFake) VerifyBackups(context.Context, string, func(backup.Progress)) (backup.Verified, error) {
	return k.verify, k.err
}

func (k *keeperFake) PruneBackups(context.Context, string, int) ([]string, error) {
	return []string{"old"}, k.err
}

func (k *keeperFake) CheckStore(_ context.Context, tell func(done, total int64)) (StoreCheck, error) {
	tell(1, 2)
	return StoreCheck{Entries: 3, Bytes: 2, Flaws: []Flaw{{Part: PartLog, What: "entry 2 is damaged"}}}, k.err
}

func keepingClient(k Keeper) *Client {
	return NewServer(Services{Keeping: &Keeping{Keeper: k}}, slog.New(slog.DiscardHandler)).Client()
}

func TestABackupSaysHowFarItIsAndThenWhatItWrote(t *testing.T) {
	made := time.Date(2026, 11, 24, 10, 15, 0, 0, time.UTC)
	c := keepingClient(&keeperFake{backup: func(_ context.Context, folder string, full bool, tell func(backup.Progress)) (backup.Made, error) {
		tell(backup.Progress{Step: backup.StepWrite, Done: 1, Total: 2})
		tell(backup.Progress{Step: backup.StepVerify, Done: 2, Total: 2})
		l := backup.Link{
			File:     backup.File{Path: folder + "/x", At: made, Number: 7, Full: full, Size: 99},
			Manifest: backup.Manifest{Made: made, After: backup.Place{Mark: 100}, UpTo: backup.Place{Mark: 120}},
		}
		return backup.Made{Link: l, Why: "why"}, nil
	}})
	s, err := c.Keeping.Backup(t.Context(), &localv1.BackupRequest{Folder: "/usb", Full: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var steps []string
	var got *localv1.Backup
	for {
		r, err := s.Receive()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p := r.GetProgress(); p != nil {
			steps = append(steps, fmt.Sprint(p.GetStep(), p.GetDone()))
		}
		got = r.GetBackup()
	}
	if fmt.Sprint(steps) != "[writing1 verifying2]" {
		t.Errorf("the steps are %v", steps)
	}
	if got.GetFile() != "byway-20261124T101500Z-0007-full.age" || got.GetFolder() != "/usb" || got.GetEntries() != 120 || got.GetAdded() != 20 || got.GetWhy() != "why" || got.GetBytes() != 99 {
		t.Errorf("got %v", got)
	}
}

func TestABackupEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		c := keepingClient(&keeperFake{backup: func(ctx context.Context, _ string, _ bool, tell func(backup.Progress)) (backup.Made, error) {
			tell(backup.Progress{Step: backup.StepWrite})
			<-ctx.Done()
			ended <- ctx.Err()
			return backup.Made{}, ctx.Err()
		}})
		ctx, cancel := context.WithCancel(t.Context())
		s, err := c.Keeping.Backup(ctx, &localv1.BackupRequest{Folder: "/usb"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Receive(); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		_ = s.Close()
		synctest.Wait()
	})
}

func TestWhatBackupsRefuseComesWithWhatToTry(t *testing.T) {
	for name, c := range map[string]struct {
		folder string
		err    error
		want   Kind
		try    bool
	}{
		"a folder from here":   {"usb", nil, BadInput, true},
		"no folder":            {"", nil, BadInput, true},
		"no backup":            {"/usb", fmt.Errorf("%w: /usb", backup.ErrNone), NotFound, true},
		"a broken chain":       {"/usb", &backup.BrokenError{Problems: []backup.Problem{{File: "x", Text: "is damaged"}}}, Failed, true},
		"words that don't fit": {"/usb", backup.ErrWords, Failed, false},
	} {
		cl := keepingClient(&keeperFake{err: c.err})
		_, err := cl.Keeping.PruneBackups(t.Context(), &localv1.PruneBackupsRequest{Folder: c.folder})
		if f := FailureOf(err); f == nil || f.Kind != c.want || (f.Try != "") != c.try {
			t.Errorf("%s: prune says %+v", name, f)
		}
		s, err := cl.Keeping.VerifyBackups(t.Context(), &localv1.VerifyBackupsRequest{Folder: c.folder})
		if err == nil {
			_, err = s.Receive()
		}
		if f := FailureOf(err); f == nil || f.Kind != c.want || (f.Try != "") != c.try {
			t.Errorf("%s: verify says %+v", name, f)
		}
	}
}

func TestAStoreCheckSaysWhatItFound(t *testing.T) {
	s, err := keepingClient(&keeperFake{}).Keeping.CheckStore(t.Context(), &localv1.CheckStoreRequest{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	r, err := s.Receive()
	if err != nil || r.GetProgress().GetStep() != "checking" {
		t.Fatalf("at first %v (%v)", r, err)
	}
	r, err = s.Receive()
	if err != nil || r.GetCheck().GetEntries() != 3 || len(r.GetCheck().GetFlaws()) != 1 || r.GetCheck().GetFlaws()[0].GetTrail() != "log" {
		t.Errorf("got %v (%v)", r, err)
	}
}
