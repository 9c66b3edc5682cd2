package money

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// MaxMinor is the largest amount, in minor units. It is under 2^53, so that an amount
// survives any reader that keeps JSON numbers as floating point.
const MaxMinor int64 = 1_000_000_000_000_000

// Errors of this package. Each says that an input can't be an amount; none is worth a retry.
var (
	ErrCurrency = errors.New("unknown currency: write an ISO 4217 code such as EUR")
	ErrDecimal  = errors.New("not a plain decimal: write 12.50, with a point, no sign or separator for thousands")
	ErrDecimals = errors.New("more decimals than the currency has")
	ErrNegative = errors.New("negative amount")
	ErrTooLarge = errors.New("amount too large")
	ErrMixed    = errors.New("amounts of different currencies can't be compared")
)

// Amount is a sum of money. The zero value is no amount at all: IsZero tells it from a
// price of nothing, which has a currency. Amounts compare with ==.
type Amount struct {
	Minor    int64    // minor units (cents for EUR, yen for JPY), 0 to MaxMinor
	Currency Currency // ISO 4217 code in capitals
}

// New returns an amount of minor units. It fails with ErrCurrency, ErrNegative or ErrTooLarge.
func New(minor int64, c Currency) (Amount, error) {
	a := Amount{minor, c}
	return a, a.Validate()
}

// Validate reports whether the amount is one that Parse or New could have made.
func (a Amount) Validate() error {
	switch _, known := a.Currency.Exponent(); {
	case !known:
		return fmt.Errorf("%w: got %.10q", ErrCurrency, string(a.Currency))
	case a.Minor < 0:
		return ErrNegative
	case a.Minor > MaxMinor:
		return ErrTooLarge
	}
	return nil
}

// IsZero reports whether a is no amount: neither a number nor a currency.
func (a Amount) IsZero() bool { return a == Amount{} }

// Compare orders two amounts of one currency: -1, 0 or 1. Different currencies give ErrMixed.
func (a Amount) Compare(b Amount) (int, error) {
	if a.Currency != b.Currency {
		return 0, fmt.Errorf("%w: %s with %s", ErrMixed, a.Currency, b.Currency)
	}
	return cmp.Compare(a.Minor, b.Minor), nil
}

// Times returns the amount for n pieces, n ≥ 0. It fails with ErrNegative or ErrTooLarge.
func (a Amount) Times(n int) (Amount, error) {
	if n < 0 || a.Minor < 0 {
		return Amount{}, ErrNegative
	}
	if n != 0 && a.Minor > MaxMinor/int64(n) {
		return Amount{}, ErrTooLarge
	}
	return Amount{a.Minor * int64(n), a.Currency}, nil
}

// Decimal writes the amount with exactly the currency's decimals, without the currency: "12.50".
// Parse reads it back to the same amount.
func (a Amount) Decimal() string {
	exp, _ := a.Currency.Exponent()
	digits := fmt.Sprintf("%0*d", exp+1, a.Minor)
	if exp == 0 {
		return digits
	}
	cut := len(digits) - exp
	return digits[:cut] + "." + digits[cut:]
}

// String writes the amount for people: "12.50 EUR". The zero Amount is "no amount".
func (a Amount) String() string {
	if a.IsZero() {
		return "no amount"
	}
	return a.Decimal() + " " + string(a.Currency)
}

// Parse reads a decimal such as "12.5" exactly, in a currency given by its code. ASCII digits with at
// most one point between them, nothing else; never rounded. It fails with one of the errors above.
func Parse(decimal, currency string) (Amount, error) {
	c, err := ParseCurrency(currency)
	if err != nil {
		return Amount{}, err
	}
	exp, _ := c.Exponent()
	if strings.HasPrefix(decimal, "-") {
		return Amount{}, fmt.Errorf("%w: got %.40q", ErrNegative, decimal)
	}
	whole, frac, point := strings.Cut(decimal, ".")
	if !digits(whole) || (point && !digits(frac)) {
		return Amount{}, fmt.Errorf("%w: got %.40q", ErrDecimal, decimal)
	}
	if len(frac) > exp {
		return Amount{}, fmt.Errorf("%w: %s has %d, got %.40q", ErrDecimals, c, exp, decimal)
	}
	var minor int64
	for _, d := range whole + frac + strings.Repeat("0", exp-len(frac)) {
		// MaxMinor is far from the end of int64, so one more digit can't wrap before it is seen.
		if minor = minor*10 + int64(d-'0'); minor > MaxMinor {
			return Amount{}, fmt.Errorf("%w: got %.40q, at most %s", ErrTooLarge, decimal, Amount{MaxMinor, c})
		}
	}
	return Amount{minor, c}, nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
