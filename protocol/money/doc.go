// Package money holds exact amounts of a currency in whole minor units.
package money
