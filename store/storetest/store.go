package storetest

import (
	"context"
	"testing"

	"github.com/bywaynet/byway/protocol/record"
	"github.com/bywaynet/byway/store"
)

// Store is what the contract asks for: all that *store.DB and *store.Memory do.
type Store interface {
	Commit(ctx context.Context, b store.Batch) error
	Append(ctx context.Context, subject record.ID, expect int, es []record.Entry) error
	AppendLinked(ctx context.Context, me, them record.Key, expect int, build func(record.Link) ([]record.Entry, error)) error
	Entries(ctx context.Context, subject record.ID) ([]record.Entry, error)
	Subjects(ctx context.Context, t record.Type, after uint64, limit int) ([]store.Event, error)
	Head(ctx context.Context, me, them record.Key) (store.Head, error)
	Epoch(ctx context.Context) (uint32, error)
	NextEpoch(ctx context.Context) (uint32, error)
	Pair(ctx context.Context, me, them record.Key) (store.Pair, error)
	Pairs(ctx context.Context, after store.Pair, limit int) ([]store.Pair, error)
	Places(ctx context.Context, me, them record.Key, side store.Side, from uint64, limit int) ([]store.Place, error)
	Faults(ctx context.Context, me, them record.Key, after []byte, limit int) ([]store.Fault, []byte, error)
	Feed(ctx context.Context, after uint64, limit int) ([]store.Event, error)
	Wait(ctx context.Context, after uint64) (uint64, error)
	Get(ctx context.Context, t store.Table, key []byte) ([]byte, error)
	Put(ctx context.Context, t store.Table, key, value []byte) error
	Delete(ctx context.Context, t store.Table, key []byte) error
	Scan(ctx context.Context, t store.Table, prefix, after []byte, limit int) ([]store.Row, error)
	Size(ctx context.Context) (store.Size, error)
	Close() error
}

var (
	_ Store = (*store.DB)(nil)
	_ Store = (*store.Memory)(nil)
)

// Run checks the contract against stores that open returns: empty, one for each test.
// The contract closes what it opened; open may clean up after it with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for _, c := range []struct {
		name string
		rule func(*testing.T, Store)
	}{
		{"EntriesComeBackToTheByte", entriesComeBack},
		{"AppendAtAnotherLengthConflicts", appendConflicts},
		{"AppendAtAnyLengthAdds", appendAny},
		{"BatchIsAllOrNothing", batchAtomic},
		{"BatchSeesItsOwnAppends", batchSeesItself},
		{"WhatCallersChangeAfterwardsIsNotStored", callersKeepTheirBytes},
		{"WritersOfDifferentSubjectsAllSucceed", concurrentSubjects},
		{"OfWritersAtOneLengthOneSucceeds", concurrentConflict},
		{"RefusedWritesChangeNothing", refusedWrites},
		{"LargestWritesFit", mostRows},
		{"LinkedAppendsFormOneChain", linkedChain},
		{"LinkedAppendsToOneSubjectConflictAlone", linkedConflicts},
		{"LinkedPlaceThatWasLostIsMadeAgain", linkedRemade},
		{"WhatMakeGetsWrongIsRefused", linkedMisuse},
		{"HeadFollowsWhatIsHeld", headHeld},
		{"CountersignedCopyDoesNotMoveTheHead", headCountersigned},
		{"NewEpochCountsFromOne", epochs},
		{"GapsAreListedUntilTheyFill", gaps},
		{"EarlierEpochGoesOnBeingHeld", lateEpoch},
		{"TwoStatementsAtOnePlaceAreAFork", fork},
		{"AnotherStatementBeforeIsARewrite", rewrite},
		{"WhatTheyHoldAndWeDontIsSaidUntilItIsBack", unknownHeld},
		{"PlacesAndPairsGoOnAfterTheLast", placesPaged},
		{"FeedIsInOrderWithoutGaps", feedOrder},
		{"WaitEndsWithTheNextEvent", waitWakes},
		{"SubjectsAreListedByTheirFirstRecord", subjectsPaged},
		{"RowsAreReadAndDeleted", rows},
		{"ScanGoesOnAfterItsLastKey", scanPaged},
		{"EndedContextWritesNothing", contextEnded},
		{"SizeGrows", sizeGrows},
		{"ClosedStoreRefuses", closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			c.rule(t, s)
		})
	}
}
