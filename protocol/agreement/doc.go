// Package agreement settles terms between a person and an organisation.
package agreement
