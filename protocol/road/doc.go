// Package road is one way to reach a party.
package road
