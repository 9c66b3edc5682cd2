// Package index sets Badger up for a small node.
package index

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// MemTableSize is how much is held in memory, beside its log, before it becomes a table, in bytes.
const MemTableSize = 16 << 20

// mostCache bounds CacheSize.
const mostCache = 256 << 20

// CacheSize is how much memory the tables' own indexes may take, in bytes, where the tables
// take the given number on the disk. They are deciphered anew, 100 kB and more, for every look at a table whose index
// isn't held, which costs twenty times what the look does. They are 2.4 % of their tables, measured at
// 100,000 agreements; Badger holds those of tables that are gone as well, until others need the room.
func CacheSize(tables int64) int64 { return min(max(16<<20, tables/16), mostCache) }

// Options are a small node's: tens of MB of memory, MB of disk. What differs from
// Badger's defaults, and why:
//   - DetectConflicts off: one goroutine writes.
//   - SyncWrites off: the log is synced, and the index is made again where it lacks something.
//   - ChecksumVerificationMode: by default a flipped bit in a table is served as it is;
//     OnBlockRead returns an error, where OnTableAndBlockRead panics.
//   - ValueThreshold as large as the largest write: all values stay in the tables, so the value
//     log, whose failed syncs are only logged, holds nothing and needs no collection.
//   - NumLevelZeroTables: with 2 half as much again was spent on a write as with 4; more gain nothing. These and
//     BaseTableSize, from which the tables of lower levels grow, say what is merged at once, for which room is kept on the disk.
//   - IndexCacheSize: what Badger counts accesses for; whoever opens it sets CacheSize, which may change later.
//   - Compression off: records are mostly keys, signatures and hashes, which don't
//     shrink, and blocks are then read where they are mapped.
func Options(dir string, log *slog.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithSyncWrites(false).
		WithDetectConflicts(false).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithCompression(options.None).
		WithMemTableSize(MemTableSize).
		WithNumMemtables(2).
		WithNumLevelZeroTables(4).
		WithNumLevelZeroTablesStall(8).
		WithNumCompactors(2).
		WithValueThreshold(1 << 20).
		WithValueLogFileSize(16 << 20).
		WithBlockCacheSize(16 << 20).
		WithIndexCacheSize(mostCache).
		WithMetricsEnabled(false).
		WithLogger(bridge{log})
}

// bridge hands Badger's messages to slog; what it says at every start and compaction is for debugging.
type bridge struct{ log *slog.Logger }

func (b bridge) say(l slog.Level, format string, args []any) {
	if b.log.Enabled(context.Background(), l) {
		b.log.Log(context.Background(), l, "index: "+fmt.Sprintf(format, args...))
	}
}

func (b bridge) Errorf(f string, a ...any)   { b.say(slog.LevelError, f, a) }
func (b bridge) Warningf(f string, a ...any) { b.say(slog.LevelWarn, f, a) }
func (b bridge) Infof(f string, a ...any)    { b.say(slog.LevelDebug, f, a) }
func (b bridge) Debugf(f string, a ...any)   { b.say(slog.LevelDebug, f, a) }
