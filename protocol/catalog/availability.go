package catalog

import (
	"errors"
	"fmt"
)

// ErrAvailability says that a thing can't be sold, or that a text doesn't tell.
var ErrAvailability = errors.New("not for sale: write in stock, limited, made to order, back order or pre-order")

// Availability says how soon a thing can be had. Only what can be sold has one; the values are append-only.
type Availability uint8

// Availabilities, the soonest first.
const (
	InStock Availability = iota
	Limited
	MadeToOrder
	BackOrder
	PreOrder
)

var availabilityTexts = [...]string{"in stock", "limited", "made to order", "back order", "pre-order"}

// ParseAvailability reads our words and the names of schema.org's ItemAvailability; the empty text is InStock. Out of
// stock, sold out, discontinued, reserved and whatever it doesn't know is ErrAvailability.
func ParseAvailability(s string) (Availability, error) {
	switch squeeze(s) {
	case "", "instock", "instoreonly", "onlineonly", "available", "yes":
		return InStock, nil
	case "limited", "limitedavailability":
		return Limited, nil
	case "madetoorder":
		return MadeToOrder, nil
	case "backorder":
		return BackOrder, nil
	case "preorder", "presale":
		return PreOrder, nil
	}
	return 0, fmt.Errorf("%w: got %.40q", ErrAvailability, s)
}

func (a Availability) known() bool { return int(a) < len(availabilityTexts) }

// String is the text that a person reads, such as "in stock".
func (a Availability) String() string {
	if a.known() {
		return availabilityTexts[a]
	}
	return fmt.Sprintf("availability %d", uint8(a))
}
