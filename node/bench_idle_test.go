//go:build idle

package node_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/bywaynet/byway/node/internal/parts"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// settle is how long a node is left alone before its memory is read.
const settle = time.Minute

// BenchmarkIdle reports what the system says that `byway up` keeps in memory (VmRSS)
// after a minute in which nobody asked anything of it: of a person's node and of a
// shop's, without peers and with 20. All four wait at once. Run it by `make idle`.
func BenchmarkIdle(b *testing.B) {
	program := filepath.Join(shortDir(b), "byway")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "../cmd/byway")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	type idler struct {
		name string
		pid  int64
	}
	var all []idler
	for _, kind := range [][]string{{"--person"}, {"--shop", "The Bakery"}} {
		for _, peers := range []int{0, 20} {
			name := fmt.Sprintf("%s-%d-peers", kind[0][2:], peers)
			all = append(all, idler{name, up(b, program, kind, peers)})
		}
	}
	<-time.After(settle)
	b.ReportMetric(0, "ns/op")
	for _, i := range all {
		b.ReportMetric(residentMiB(b, i.pid), i.name+"-MiB")
	}
}

// up runs a node, connects the peers to it and returns its pid.
func up(b *testing.B, program string, kind []string, peers int) int64 {
	b.Helper()
	dir := shortDir(b)
	if out, err := exec.Command(program, append([]string{"--dir", dir, "init", "--unsealed"}, kind...)...).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program, "--dir", dir, "up", "--json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	if _, err := out.Read(make([]byte, 1)); err != nil { // it says that it is ready
		b.Fatal(err)
	}
	st := status(b, dir)
	for i := range peers {
		join(b, st.GetAddresses(), byte(i))
	}
	if st = status(b, dir); int(st.GetPeers()) != peers {
		b.Fatalf("%d peers, want %d", st.GetPeers(), peers)
	}
	return st.GetPid()
}

func status(b *testing.B, dir string) *localv1.StatusResponse {
	b.Helper()
	api, err := localapi.Dial(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	defer api.Close()
	st, err := api.Node.Status(b.Context(), &localv1.StatusRequest{})
	if err != nil {
		b.Fatal(err)
	}
	return st
}

// join connects a host to a node, and keeps it connected.
func join(b *testing.B, addresses []string, n byte) {
	b.Helper()
	h, err := parts.NewHost(parts.HostConfig{Listen: onQUIC, Seed: [32]byte{n}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = h.Close() })
	info := peer.AddrInfo{}
	for _, s := range addresses {
		one, err := peer.AddrInfoFromString(s)
		if err != nil {
			b.Fatal(err)
		}
		info.ID, info.Addrs = one.ID, append(info.Addrs, one.Addrs...)
	}
	if err := h.Connect(b.Context(), info); err != nil {
		b.Fatal(err)
	}
}

// residentMiB reads VmRSS of proc(5).
func residentMiB(b *testing.B, pid int64) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			kib, err := strconv.ParseFloat(string(bytes.Fields(rest)[0]), 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib / 1024
		}
	}
	b.Fatalf("no VmRSS in the status of %d", pid)
	return 0
}
