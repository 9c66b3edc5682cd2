// Package commitment binds a party to a value that it doesn't show.
package commitment
