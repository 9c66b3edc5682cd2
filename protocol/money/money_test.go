package money

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDecimalIsReadExactlyInMinorUnits(t *testing.T) {
	for _, c := range []struct {
		decimal, currency string
		minor             int64
		shown             string
	}{
		{"12.50", "EUR", 1250, "12.50 EUR"},
		{"12.5", "EUR", 1250, "12.50 EUR"},
		{"12", "EUR", 1200, "12.00 EUR"},
		{"0.01", "USD", 1, "0.01 USD"},
		{"0", "USD", 0, "0.00 USD"},
		{"0.29", "USD", 29, "0.29 USD"}, // 0.29*100 is 28.999… in floating point
		{"1200", "JPY", 1200, "1200 JPY"},
		{"1.234", "BHD", 1234, "1.234 BHD"},
		{"0.0001", "CLF", 1, "0.0001 CLF"},
		{"0007.10", "CHF", 710, "7.10 CHF"},
		{"10000000000000.00", "EUR", MaxMinor, "10000000000000.00 EUR"},
	} {
		got, err := Parse(c.decimal, c.currency)
		if err != nil || got.Minor != c.minor || got.String() != c.shown {
			t.Errorf("Parse(%q, %q) = %v (%d), %v; want %s (%d)", c.decimal, c.currency, got, got.Minor, err, c.shown, c.minor)
		}
	}
}

func TestBadAmountIsRefused(t *testing.T) {
	for _, c := range []struct {
		decimal, currency string
		want              error
	}{
		{"12.505", "EUR", ErrDecimals},
		{"12.500", "EUR", ErrDecimals},
		{"1200.0", "JPY", ErrDecimals},
		{"1.2345", "BHD", ErrDecimals},
		{"-1", "EUR", ErrNegative},
		{"-0.00", "EUR", ErrNegative},
		{"10000000000000.01", "EUR", ErrTooLarge},
		{"9223372036854775808", "JPY", ErrTooLarge},
		{strings.Repeat("9", 400), "EUR", ErrTooLarge},
		{"", "EUR", ErrDecimal},
		{".", "EUR", ErrDecimal},
		{"12.", "EUR", ErrDecimal},
		{".50", "EUR", ErrDecimal},
		{"12,50", "EUR", ErrDecimal},
		{"1,200.00", "EUR", ErrDecimal},
		{"1.200.00", "EUR", ErrDecimal},
		{"+12", "EUR", ErrDecimal},
		{" 12", "EUR", ErrDecimal},
		{"12 ", "EUR", ErrDecimal},
		{"1e3", "EUR", ErrDecimal},
		{"0x10", "EUR", ErrDecimal},
		{"NaN", "EUR", ErrDecimal},
		{"€12", "EUR", ErrDecimal},
		{"１２", "EUR", ErrDecimal},
		{"12", "eur", ErrCurrency},
		{"12", "", ErrCurrency},
		{"12", "EURO", ErrCurrency},
		{"12", "XAU", ErrCurrency},
		{"12", "XXX", ErrCurrency},
	} {
		got, err := Parse(c.decimal, c.currency)
		if !errors.Is(err, c.want) || !got.IsZero() {
			t.Errorf("Parse(%.30q, %q) = %v, %v; want nothing, %v", c.decimal, c.currency, got, err, c.want)
		}
	}
}

func TestAmountOutOfBoundsIsRefusedByNew(t *testing.T) {
	for minor, want := range map[int64]error{-1: ErrNegative, MaxMinor + 1: ErrTooLarge} {
		if _, err := New(minor, "EUR"); !errors.Is(err, want) {
			t.Errorf("New(%d): %v, want %v", minor, err, want)
		}
	}
	if _, err := New(1, "ABC"); !errors.Is(err, ErrCurrency) {
		t.Errorf("unknown currency: %v", err)
	}
	if err := (Amount{}).Validate(); !errors.Is(err, ErrCurrency) {
		t.Errorf("the zero amount must not pass for a price: %v", err)
	}
}

func TestEachCurrencyIsListedOnce(t *testing.T) {
	seen := 0
	for _, codes := range byExponent {
		seen += len(strings.Fields(codes))
	}
	if seen != len(exponents) {
		t.Errorf("%d codes written, %d distinct", seen, len(exponents))
	}
	for c, want := range map[Currency]int{"JPY": 0, "EUR": 2, "BHD": 3, "CLF": 4, "ISK": 0, "TND": 3} {
		if got, ok := c.Exponent(); !ok || got != want {
			t.Errorf("%s has %d decimals, want %d", c, got, want)
		}
	}
}

func TestAmountsOfDifferentCurrenciesAreNotCompared(t *testing.T) {
	if _, err := (Amount{1, "EUR"}).Compare(Amount{1, "USD"}); !errors.Is(err, ErrMixed) {
		t.Errorf("got %v", err)
	}
	if n, err := (Amount{1, "EUR"}).Compare(Amount{2, "EUR"}); n != -1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func drawAmount(t *rapid.T) Amount {
	codes := rapid.SampledFrom(strings.Fields(byExponent[0] + " " + byExponent[2] + " " + byExponent[3] + " " + byExponent[4]))
	return Amount{rapid.Int64Range(0, MaxMinor).Draw(t, "minor"), Currency(codes.Draw(t, "currency"))}
}

func TestWrittenAmountReadsBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawAmount(t)
		if b, err := Parse(a.Decimal(), string(a.Currency)); err != nil || a != b {
			t.Fatalf("%v read back as %v, %v", a, b, err)
		}
	})
}

func TestTimesIsRepeatedAdditionOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, n := drawAmount(t), rapid.IntRange(0, 50).Draw(t, "n")
		sum := int64(0)
		for range n {
			sum += a.Minor
		}
		got, err := a.Times(n)
		if sum > MaxMinor {
			if !errors.Is(err, ErrTooLarge) {
				t.Fatalf("%v × %d: %v, want too large", a, n, err)
			}
		} else if err != nil || got != (Amount{sum, a.Currency}) {
			t.Fatalf("%v × %d = %v, %v", a, n, got, err)
		}
	})
	if _, err := (Amount{1, "EUR"}).Times(-1); !errors.Is(err, ErrNegative) {
		t.Errorf("a negative quantity: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"12.50", "0", "-1", "1e3", "12,50", "99999999999999999999"} {
		f.Add(s, "EUR")
		f.Add(s, "JPY")
	}
	f.Fuzz(func(t *testing.T, decimal, currency string) {
		a, err := Parse(decimal, currency)
		if err != nil {
			if !a.IsZero() {
				t.Fatalf("refused, yet gave %v", a)
			}
			return
		}
		if err := a.Validate(); err != nil {
			t.Fatalf("%q parsed to an amount that isn't valid: %v", decimal, err)
		}
		if b, err := Parse(a.Decimal(), string(a.Currency)); err != nil || a != b {
			t.Fatalf("%v read back as %v, %v", a, b, err)
		}
	})
}
