// Package nodetest runs named nodes on a simulated network, in simulated time.
package nodetest
