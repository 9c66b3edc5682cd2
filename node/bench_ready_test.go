package node_test

import (
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// BenchmarkReady times a node in a new folder from the call of Start until status has
// answered on its control socket.
func BenchmarkReady(b *testing.B) {
	for _, who := range []struct {
		name   string
		config node.Config
	}{{"person", node.Config{}}, {"organisation", node.Config{Organisation: "The Bakery"}}} {
		b.Run(who.name, func(b *testing.B) {
			var all []time.Duration
			for b.Loop() {
				all = append(all, ready(b, who.config))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(median(all).Microseconds())/1000, "p50-ms")
		})
	}
}

func ready(b *testing.B, c node.Config) time.Duration {
	b.Helper()
	c.Dir = shortDir(b)
	n, err := node.New(c)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := n.Close(); err != nil {
			b.Error(err)
		}
	}()
	return took(func() {
		if err := n.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		api, err := localapi.Dial(b.Context(), c.Dir)
		if err != nil {
			b.Fatal(err)
		}
		defer api.Close()
		if _, err := api.Node.Status(b.Context(), &localv1.StatusRequest{}); err != nil {
			b.Fatal(err)
		}
	})
}
