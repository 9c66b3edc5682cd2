package backup_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bywaynet/byway/node/backup"
)

// The program of a test that kills is this one, told what to back up to and where to wait for its end.
const (
	killedDir = "BYWAY_TEST_KILLED_DIR"
	killedAt  = "BYWAY_TEST_KILLED_AT"
)

// stage is how far a backup is when it is killed.
type stage string

const (
	whileWriting   stage = "while it is written"
	whileVerifying stage = "while it is read back"
	beforeNaming   stage = "before it has its name"
	whileNaming    stage = "while it has both names"
)

// loaves are what the killed program backs up.
func loaves() *tale { return new(tale).say(texts(1, 600)...) }

// TestMain runs the tests or, as a child of one, makes the backup that is to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killedDir); dir != "" {
		fmt.Fprintln(os.Stderr, makeAndWait(dir, stage(os.Getenv(killedAt)))) // and nobody killed it
		return
	}
	m.Run()
}

// makeAndWait makes a backup that never goes on after a stage.
func makeAndWait(dir string, at stage) error {
	wait := func() {
		fmt.Println("ready")
		for range time.Tick(time.Hour) { // a program in which nothing can happen ends by itself
			continue
		}
	}
	pieces := 0
	log := loaves()
	o := backup.Options{Progress: func(p backup.Progress) {
		switch {
		case at == whileWriting && p.Step == backup.StepWrite && p.Done > 0:
			if pieces++; pieces == 100 {
				wait()
			}
		case at == whileVerifying && p.Step == backup.StepVerify:
			wait()
		}
	}}
	if at == beforeNaming || at == whileNaming {
		o.Medium = named{backup.Folder(), at, wait}
	}
	s := &shop{files: map[string]string{"node/party.json": "{}\n"}, log: log, spool: new(tale)}
	_, err := backup.Make(context.Background(), dir, words, s.source(), o)
	return err
}

// named is a folder in which a backup gets stuck on its name.
type named struct {
	backup.Medium
	at   stage
	wait func()
}

func (n named) Publish(temp, path string) error {
	if n.at == whileNaming {
		if err := os.Link(temp, path); err != nil {
			return err
		}
	}
	n.wait()
	return nil
}

func TestABackupThatIsKilledLeavesTheOneBeforeWhole(t *testing.T) {
	for at, temps := range map[stage]int{whileWriting: 1, whileVerifying: 1, beforeNaming: 1, whileNaming: 1} {
		t.Run(string(at), func(t *testing.T) {
			s := newShop(t)
			s.log = new(tale).say(texts(1, 6)...)
			s.make(false)
			kill(t, s.dir, at)
			if got := count(s.names(), ".byway-backup-"); got != temps {
				t.Fatalf("it left %d temporary files, want %d: it was killed at another time", got, temps)
			}
			want, chain := "loaf6", 1
			if at == whileNaming { // it was whole before it got its name
				want, chain = "loaf600", 2
			}
			if b, r, err := s.restore(false); err != nil || len(r.Chain) != chain || !strings.HasSuffix(b.texts(), want) {
				t.Errorf("restored %d files, %v; want %d up to %s", len(r.Chain), err, chain, want)
			}
			s.log = loaves().say("loaf601")
			s.make(false)
			if b, _, err := s.restore(false); err != nil || !strings.HasSuffix(b.texts(), "loaf601") {
				t.Errorf("the next one doesn't come back: %v", err)
			}
			if runtime.GOOS == "windows" {
				return // where files can't be locked they go later
			}
			if left := count(s.names(), ".byway-backup-"); left > 0 {
				t.Errorf("%d temporary files are left", left)
			}
		})
	}
}

// What another program still writes isn't swept.
func TestABackupThatStillRunsIsLeftAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // its files can't be removed while they are open in any case
	}
	s := newShop(t)
	s.log = loaves()
	inner := newShop(t)
	inner.dir, inner.log, inner.now = s.dir, loaves().say("loaf601"), s.now.Add(72*time.Hour)
	s.log.while = func() { inner.make(true) }
	m := s.make(true)
	if _, err := os.Stat(m.File.Path); err != nil {
		t.Error(err)
	}
	if got := count(s.names(), "byway-"); got != 2 {
		t.Errorf("the folder has %q, want both", s.names())
	}
}

func count(names []string, prefix string) (n int) {
	for _, name := range names {
		if strings.HasPrefix(name, prefix) {
			n++
		}
	}
	return n
}

// kill has another program make a backup, and kills it at a stage.
func kill(t *testing.T, dir string, at stage) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), killedDir+"="+dir, killedAt+"="+string(at))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready\n" {
		t.Errorf("it says %q, %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("it ended by itself")
	}
}
