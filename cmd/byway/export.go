package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/protocol/evidence"
)

// An exported is what export did, as --json prints it.
type exported struct {
	RecordID string `json:"record_id"`
	File     string `json:"file"`
	Bytes    int    `json:"bytes"`
}

func (a *app) agreementsExportCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export ID",
		Short: "Write the signed record to a file",
		Long: `Export writes the whole record, with both signatures, byte for byte as it is held. The
other side's export is the same file. Anybody can check it with "byway verify", without a node.

With --bundle it writes the evidence around the record too: all that was said about the agreement,
the offer that it took, the roster with its terms, and what else the two of you said to each other up to
the last word on it. Whoever gets that file reads all of it: it shows this relationship up to there, and
nothing that came later, nor of any other.

With --format it writes a view of the record instead, as "byway view" does of a file.`,
		Example:           "  byway agreements export k3x7m2aa\n  byway agreements export k3x7m2aa --bundle\n  byway agreements export k3x7m2aa -o - | sha256sum",
		Args:              exactly("ID"),
		ValidArgsFunction: once(a.completeAgreement()),
	}
	out := cmd.Flags().StringP("out", "o", "", "write to `FILE` (default ID.byway here); - for standard output")
	bundle := cmd.Flags().Bool("bundle", false, "write all the evidence, not the record alone (default name ID.evidence)")
	force := cmd.Flags().Bool("force", false, "replace a file that is there")
	format := formatFlag(cmd, recordFormat)
	cmd.MarkFlagsMutuallyExclusive("bundle", "format")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			id, content, ext, err := exportOf(ctx, c, args[0], *bundle)
			if err != nil {
				return err
			}
			view := *format != recordFormat
			if view {
				if content, ext, err = a.asView(content, *format); err != nil {
					return err
				}
			}
			if *out == "-" {
				return a.write(content)
			}
			name := *out
			if name == "" {
				name = id + ext
			}
			if err := writeNew(name, content, *force); err != nil {
				return err
			}
			return a.showOwn(func(p *page) {
				p.line("wrote %s (%d bytes)", name, len(content))
				if *bundle {
					p.line("it shows whoever gets it this relationship up to the last word on the agreement, and nothing of any other")
				}
				if view {
					p.line("it is a view, not the evidence: keep the record too")
					return
				}
				p.line("check it: byway verify %s", name)
			}, exported{id, name, len(content)})
		})
	}
	return cmd
}

// exportOf asks the node for the record or the bundle of an agreement, and returns by
// which id it goes and how the name of its file ends.
func exportOf(ctx context.Context, c *localapi.Client, id string, bundle bool) (name string, content []byte, ext string, err error) {
	if bundle {
		r, err := c.Evidence.ExportBundle(ctx, &localv1.ExportBundleRequest{Id: id})
		return r.GetAgreement(), r.GetBundle(), evidence.Ext, err
	}
	r, err := c.Dealing.Export(ctx, &localv1.ExportRequest{Id: id})
	return r.GetRecordId(), r.GetRecord(), ".byway", err
}
