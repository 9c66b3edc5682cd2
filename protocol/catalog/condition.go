package catalog

import (
	"errors"
	"fmt"
	"strings"
)

// ErrCondition says that a text names no condition.
var ErrCondition = errors.New("unknown condition: write new or used")

// Condition says whether a thing was used before. The values are append-only: lists are kept with their texts.
type Condition uint8

// Conditions. A wish may leave it open, an item never does.
const (
	AnyCondition Condition = iota
	New
	Used // refurbished and damaged things included
)

var conditionTexts = [...]string{AnyCondition: "any", New: "new", Used: "used"}

// ParseCondition reads "new", "used", the names of schema.org's OfferItemCondition, and the usual words for used.
// The empty text is New, which is what a price list means by it. It fails with ErrCondition.
func ParseCondition(s string) (Condition, error) {
	switch squeeze(s) {
	case "", "new", "newcondition":
		return New, nil
	case "used", "usedcondition", "refurbished", "refurbishedcondition", "damaged", "damagedcondition", "secondhand":
		return Used, nil
	}
	return AnyCondition, fmt.Errorf("%w: got %.40q", ErrCondition, s)
}

// String is "any", "new" or "used".
func (c Condition) String() string {
	if int(c) < len(conditionTexts) {
		return conditionTexts[c]
	}
	return fmt.Sprintf("condition %d", uint8(c))
}

// squeeze makes "In stock", "in_stock" and "InStock" one.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '_' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}
