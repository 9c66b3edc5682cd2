//go:build !unix

package localapi

import "io/fs"

// ownedByMe can't tell here: the folder's access list alone keeps others out.
func ownedByMe(fs.FileInfo) bool { return true }
