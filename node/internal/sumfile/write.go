package sumfile

import (
	"path/filepath"

	"github.com/bywaynet/byway/node/internal/durable"
)

// Write seals an object into the file at path, as durable.Replace does. Errors: those of Seal and of the file system.
func Write(path string, content []byte) error {
	b, err := Seal(content)
	if err != nil {
		return err
	}
	return durable.Replace(path, filepath.Base(path)+".*", b)
}
