package faults

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"
)

// childEnv holds the order of a process that is to be a child.
const childEnv = "BYWAY_FAULTS_CHILD"

// order is what a child is to do.
type order struct {
	Dir string
	// Without names the safeguard that a control takes away; empty for none.
	Without string
	// Patient has the child go on where the disk is full, and tell each refusal.
	Patient bool
}

// Child turns the process into the child of a drill where it was started as one, and
// then doesn't return: the program or the TestMain of whoever runs drills calls it first.
func Child() {
	text, ok := os.LookupEnv(childEnv)
	if !ok {
		return
	}
	err := obey(text)
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1) //nolint:forbidigo // the process is the child, and has no other end
}

func obey(text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	ctx := context.Background()
	db, err := open(ctx, o.Dir, o.Without)
	if err != nil {
		return err
	}
	m, err := newMarket()
	if err != nil {
		return err
	}
	const acknowledgements = 3 // the first file of ExtraFiles
	return errors.Join(m.write(ctx, db, os.NewFile(acknowledgements, "acknowledgements"), o.Patient), db.Close())
}

// child is a process that writes until it is killed or a write of it fails.
type child struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
	heard  chan struct{} // closed when the pipe has ended

	mu      sync.Mutex
	told    told
	count   int           // acknowledgements
	refused int           // writes
	more    chan struct{} // of capacity 1
}

// start starts a child. What it tells is added to a copy of t.
func start(o order, t told) (*child, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(self), heard: make(chan struct{}), told: told{}, more: make(chan struct{}, 1)}
	for w, n := range t {
		c.told[w] = n
	}
	c.cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	c.cmd.ExtraFiles = []*os.File{in}
	c.cmd.Stderr = &c.stderr
	err = c.cmd.Start()
	if closed := in.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, errors.Join(err, out.Close())
	}
	go c.listen(out)
	return c, nil
}

func (c *child) listen(pipe *os.File) {
	defer close(c.heard)
	defer func() { _ = pipe.Close() }()
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		if lines.Text() == refusal {
			c.mu.Lock()
			c.refused++
			c.mu.Unlock()
			c.wake()
			continue
		}
		var w, n int
		if _, err := fmt.Sscanf(lines.Text(), "%d %d", &w, &n); err != nil {
			continue // cut off by the kill
		}
		c.mu.Lock()
		c.told[w] = max(c.told[w], n)
		c.count++
		c.mu.Unlock()
		c.wake()
	}
}

func (c *child) wake() {
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// childTime bounds how long a child may take for what is waited for.
const childTime = 60 * time.Second

// await returns once n acknowledgements have come.
func (c *child) await(n int) error {
	return c.until(n, "acknowledgements", func() int { return c.count })
}

// awaitMore returns once n acknowledgements more have come.
func (c *child) awaitMore(n int) error {
	c.mu.Lock()
	n += c.count
	c.mu.Unlock()
	return c.await(n)
}

// awaitRefusals returns once the child was refused n writes more.
func (c *child) awaitRefusals(n int) error {
	c.mu.Lock()
	n += c.refused
	c.mu.Unlock()
	return c.until(n, "refusals", func() int { return c.refused })
}

func (c *child) until(n int, what string, so func() int) error {
	late := time.NewTimer(childTime)
	defer late.Stop()
	for {
		c.mu.Lock()
		count := so()
		c.mu.Unlock()
		if count >= n {
			return nil
		}
		select {
		case <-c.more:
		case <-c.heard:
			return fmt.Errorf("the child ended after %d %s, %d awaited: %s", count, what, n, c.end())
		case <-late.C:
			return errors.Join(fmt.Errorf("%d %s in %s, %d awaited", count, what, childTime, n), c.kill())
		}
	}
}

// kill ends the child at once, and returns when it is gone and all that it told is known.
func (c *child) kill() error {
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	c.end()
	return nil
}

// end waits for the end of the child and returns what it said.
func (c *child) end() string {
	<-c.heard
	err := c.cmd.Wait()
	return fmt.Sprintf("%v: %s", err, bytes.TrimSpace(c.stderr.Bytes()))
}
