package localapi

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/bywaynet/byway/protocol/record"
)

const (
	// minPrefix is the shortest beginning of an id's last part that picks something.
	minPrefix = 4
	// maxMatches bounds what an ambiguous id lists: more than a person reads.
	maxMatches = 16
	// idHead is how every id begins: it tells none from another.
	idHead = "bafkrei"
)

// pick returns the one of ids that s is, or begins: from its first letter, or from
// where listings show it. list is the command that lists them.
func pick(s, list string, ids iter.Seq2[record.ID, error]) (record.ID, error) {
	word := strings.TrimPrefix(s, idHead)
	if len(word) < minPrefix {
		return record.ID{}, Fail(BadInput, "%q is too short for an id: at least %d letters of its last part", s, minPrefix).Hint("%s", list)
	}
	var found []record.ID
	for id, err := range ids {
		if err != nil {
			return record.ID{}, err
		}
		if !strings.HasPrefix(id.String()[len(idHead):], word) {
			continue
		}
		if found = append(found, id); len(found) == maxMatches {
			break
		}
	}
	switch len(found) {
	case 0:
		return record.ID{}, Fail(NotFound, "nothing here has the id %s", s).Hint("%s", list)
	case 1:
		return found[0], nil
	}
	many := fmt.Sprint(len(found))
	if len(found) == maxMatches {
		many += " or more"
	}
	lines := make([]string, len(found))
	for i, id := range found {
		lines[i] = id.String()
	}
	return record.ID{}, Fail(Ambiguous, "%s could be one of %s", s, many).Among(lines...).Hint("more letters of the id")
}

// idsOf lists the ids of what is in memory already.
func idsOf[T any](items []T, id func(T) record.ID) iter.Seq2[record.ID, error] {
	return func(yield func(record.ID, error) bool) {
		for _, it := range items {
			if !yield(id(it), nil) {
				return
			}
		}
	}
}

// begun lists, for pick, the ids that begin with s, of a listing that is too long to be read through.
func begun(ctx context.Context, s string, find func(ctx context.Context, letters string, limit int) ([]record.ID, error)) iter.Seq2[record.ID, error] {
	return func(yield func(record.ID, error) bool) {
		ids, err := find(ctx, strings.TrimPrefix(s, idHead), maxMatches)
		if err != nil {
			yield(record.ID{}, err)
			return
		}
		idsOf(ids, func(id record.ID) record.ID { return id })(yield)
	}
}
