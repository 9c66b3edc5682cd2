package backup

import (
	"errors"
	"os"
	"runtime"
)

// syncDir makes names in a folder durable; Windows does that by itself and can't open a folder.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
