// Package form is what every statement of one type has to look like.
package form
