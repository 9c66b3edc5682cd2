// Package formtest breaks a good record in every way that a form has to refuse.
package formtest
