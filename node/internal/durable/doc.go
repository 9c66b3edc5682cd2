// Package durable replaces small files so that they outlive a loss of power.
package durable
