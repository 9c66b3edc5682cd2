// Package lists holds price lists of three made-up shops, as shops export them.
package lists

import "embed"

// Files are the lists: roaster.csv and hardware.csv in plain columns, bicycles.jsonld as
// shops embed schema.org data in their pages. Each imports whole.
//
//go:embed roaster.csv bicycles.jsonld hardware.csv
var Files embed.FS
