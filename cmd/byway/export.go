package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
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
other side's export is the same file. Anybody can check it with "byway verify", without a node.`,
		Example:           "  byway agreements export k3x7m2aa\n  byway agreements export k3x7m2aa -o - | sha256sum",
		Args:              exactly("ID"),
		ValidArgsFunction: once(a.completeAgreement()),
	}
	out := cmd.Flags().StringP("out", "o", "", "write to `FILE` (default ID.byway here); - for standard output")
	force := cmd.Flags().Bool("force", false, "replace a file that is there")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Dealing.Export(ctx, &localv1.ExportRequest{Id: args[0]})
			if err != nil {
				return err
			}
			if *out == "-" {
				return a.write(r.GetRecord())
			}
			name := *out
			if name == "" {
				name = r.GetRecordId() + ".byway"
			}
			if err := writeNew(name, r.GetRecord(), *force); err != nil {
				return err
			}
			return a.showOwn(func(p *page) {
				p.line("wrote %s (%d bytes)", name, len(r.GetRecord()))
				p.line("check it: byway verify %s", name)
			}, exported{r.GetRecordId(), name, len(r.GetRecord())})
		})
	}
	return cmd
}

// writeNew writes a file that isn't there yet, unless replace.
func writeNew(name string, b []byte, replace bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if replace {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(name, flags, 0o600)
	if os.IsExist(err) {
		return localapi.Fail(localapi.Failed, "%s is there already", name).Hint("another name with -o, or --force to replace it")
	}
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if shut := f.Close(); err == nil {
		err = shut
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
