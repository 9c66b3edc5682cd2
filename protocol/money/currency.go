package money

import (
	"fmt"
	"strings"
)

// Currency is an ISO 4217 alphabetic code in capitals, such as "EUR".
type Currency string

// The codes of ISO 4217 list one that have a minor unit, by its number of decimals. Codes whose
// minor unit the standard gives as "not applicable" (metals, testing, baskets) can't price anything.
var byExponent = map[int]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF " +
		"CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD " +
		"GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL " +
		"MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR " +
		"PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP " +
		"TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
	3: "BHD IQD JOD KWD LYD OMR TND",
	4: "CLF UYW",
}

var exponents = func() map[Currency]int {
	m := make(map[Currency]int)
	for exp, codes := range byExponent {
		for code := range strings.FieldsSeq(codes) {
			m[Currency(code)] = exp
		}
	}
	return m
}()

// ParseCurrency reads a code in capitals; it fails with ErrCurrency if ISO 4217 doesn't list it.
func ParseCurrency(s string) (Currency, error) {
	c := Currency(s)
	if _, ok := exponents[c]; !ok {
		return "", fmt.Errorf("%w: got %.10q", ErrCurrency, s)
	}
	return c, nil
}

// Exponent returns how many decimals the currency has (EUR 2, JPY 0, BHD 3), or false if unknown.
func (c Currency) Exponent() (int, bool) {
	exp, ok := exponents[c]
	return exp, ok
}
