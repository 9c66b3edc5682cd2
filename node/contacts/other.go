package contacts

import (
	"fmt"

	"github.com/bywaynet/byway/protocol/agreement"
)

// Other names the counterparty of an agreement to its owner: a person by her key, an
// organisation as the book has it, or by the name that it signed under.
func (b *Book) Other(v agreement.View) string {
	if v.Me == agreement.Second {
		return "a person (" + v.First.Short() + ")"
	}
	if c, ok := b.Get(v.Second); ok {
		return c.Label()
	}
	return fmt.Sprintf("%q (%s)", v.Body.SecondName, v.Second.Short())
}
