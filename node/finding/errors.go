package finding

import (
	"errors"

	"github.com/bywaynet/byway/node/mesh"
	"github.com/bywaynet/byway/protocol/intention"
)

// published is what a publisher is told of mesh's answer, in the words that a steward
// would use.
func published(err error) error {
	if errors.Is(err, mesh.ErrRefused) {
		return intention.Refusal(err)
	}
	return err
}
