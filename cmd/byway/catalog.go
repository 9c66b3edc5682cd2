package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

func (a *app) catalogCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "catalog",
		Short:   "Import and list what your shop sells",
		Long:    "The catalog is your price list. Intentions are answered from it: by rule, or by you.",
		Example: "  byway catalog import prices.csv --answer auto\n  byway catalog list --category food/coffee",
	}
	cmd.AddCommand(a.catalogImportCmd(), a.catalogListCmd())
	return a.parent(cmd)
}

func (a *app) catalogImportCmd() *cobra.Command {
	req := new(localv1.ImportCatalogRequest)
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Replace the catalog by a price list",
		Long: `Import reads a price list: CSV with a plain header (sku,name,category,price,…), or
schema.org JSON-LD as shops embed it in their pages. A file that can't be read changes nothing.
Items that can't be sold are left out and named by line; with --strict they refuse the file.`,
		Example: "  byway catalog import prices.csv --currency EUR --answer auto\n  byway catalog import - --format jsonld < page.jsonld",
		Args:    exactly("FILE"),
	}
	f := cmd.Flags()
	f.StringVar(&req.Format, "format", "", "`csv|jsonld` (default: found out)")
	f.BoolVar(&req.Strict, "strict", false, "refuse the file where any item can't be sold")
	f.StringVar(&req.Category, "category", "", "the `CATEGORY` of items that name none")
	f.StringVar(&req.Currency, "currency", "", "the `CURRENCY` of prices that name none, such as EUR")
	f.StringVar(&req.Answer, "answer", "", "who answers intentions from now on: `auto|human`")
	choice(cmd, "format", "csv", "jsonld")
	choice(cmd, "answer", "auto", "human")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		content, err := a.readInput(args[0])
		if err != nil {
			return err
		}
		req.Content, req.FileName = content, filepath.Base(args[0])
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			r, err := c.Casting.ImportCatalog(ctx, req)
			if err != nil {
				return err
			}
			return a.show(func(p *page) {
				p.line("%d items; intentions are answered by %s", r.GetItems(), a.here(answerWords(r.GetAnswer())))
				for _, l := range r.GetLeftOut() {
					p.line("left out: line %d, %s: %s", l.GetLine(), plain(l.GetWhat()), plain(l.GetReason()))
				}
			}, r)
		})
	}
	return cmd
}

func answerWords(answer string) string {
	if answer == "auto" {
		return "rule"
	}
	return "you: byway intentions"
}

// readInput reads a whole file, or standard input for "-", of at most what a message carries.
func (a *app) readInput(name string) ([]byte, error) {
	in := a.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	const most = localapi.MaxMessage - 1<<20
	b, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(b) > most {
		return nil, fmt.Errorf("%s is over %d MiB", name, most>>20)
	}
	return b, nil
}

func (a *app) catalogListCmd() *cobra.Command {
	req := new(localv1.ListCatalogRequest)
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the items of the catalog",
		Long:    "List shows what your shop sells, in the order of the SKUs.",
		Example: "  byway catalog list --words \"light roast\"",
		Args:    exactly(),
	}
	cmd.Flags().StringVar(&req.Category, "category", "", "only what is under this `CATEGORY`")
	cmd.Flags().StringVar(&req.Words, "words", "", "only what matches these `WORDS`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.withNode(cmd.Context(), func(ctx context.Context, c *localapi.Client) error {
			items, err := listCatalog(ctx, c, req)
			if err != nil {
				return err
			}
			return a.show(func(p *page) {
				if len(items) == 0 {
					p.line("%s", a.here("nothing; byway catalog import FILE"))
					return
				}
				var rows [][]string
				for _, i := range items {
					rows = append(rows, []string{i.GetSku(), i.GetName(), i.GetPrice(), i.GetUnit(), i.GetCategory(), i.GetCondition()})
				}
				p.table([]string{"SKU", "NAME", "PRICE", "UNIT", "CATEGORY", "CONDITION"}, rows)
			}, messages(items)...)
		})
	}
	return cmd
}

func listCatalog(ctx context.Context, c *localapi.Client, req *localv1.ListCatalogRequest) ([]*localv1.CatalogItem, error) {
	var all []*localv1.CatalogItem
	for {
		r, err := c.Casting.ListCatalog(ctx, req)
		if err != nil {
			return nil, err
		}
		all = append(all, r.GetItems()...)
		if r.GetNext() == "" || r.GetNext() == req.GetAfter() {
			return all, nil
		}
		req.After = r.GetNext()
	}
}
