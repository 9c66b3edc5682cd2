package index

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2"
)

// Verify reads every table of the index in dir and its list of them, and returns what
// isn't as it was written. It comes before badger.Open, which leaves out a table whose own
// index is damaged, forgets what comes after a damaged change of the list, and panics at
// some flipped bits in a goroutine of its own, which ends the process. A folder without a
// list has nothing wrong. dir must not be open.
func Verify(dir string, key []byte) (err error) {
	defer Recover(&err)
	list, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, list.Close()) }()
	info, err := list.Stat()
	if err != nil {
		return err
	}
	m, whole, err := badger.ReplayManifestFile(list, 0, badger.DefaultOptions(dir))
	if err != nil {
		return err
	}
	if whole != info.Size() {
		return fmt.Errorf("the list of tables has %d bytes, of which %d are whole", info.Size(), whole)
	}
	keys, err := badger.OpenKeyRegistry(badger.KeyRegistryOptions{
		Dir: dir, ReadOnly: true, EncryptionKey: key, EncryptionKeyRotationDuration: 10 * 24 * time.Hour,
	})
	if err != nil {
		return err
	}
	// Badger wants one for what is enciphered.
	cache, err := ristretto.NewCache(&ristretto.Config[uint64, *fb.TableIndex]{NumCounters: 64, MaxCost: 8 << 20, BufferItems: 64})
	if err != nil {
		return err
	}
	defer cache.Close()
	for id, t := range m.Tables {
		if err := verifyTable(dir, id, t, keys, cache); err != nil {
			return fmt.Errorf("table %d: %w", id, err)
		}
	}
	return nil
}

func verifyTable(dir string, id uint64, m badger.TableManifest, keys *badger.KeyRegistry, cache *ristretto.Cache[uint64, *fb.TableIndex]) error {
	key, err := keys.DataKey(m.KeyID)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(table.NewFilename(id, dir))
	if err != nil {
		return err
	}
	t, err := table.OpenInMemoryTable(b, id, &table.Options{
		ReadOnly: true, ChkMode: options.OnBlockRead, Compression: m.Compression, DataKey: key, IndexCache: cache,
	})
	if err != nil {
		return err
	}
	return t.VerifyChecksum()
}

// Recover makes a panic of Badger, which flipped bits can bring about, an error. To be deferred.
func Recover(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("it can't be read: %v", r)
	}
}
