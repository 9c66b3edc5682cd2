// Package safe keeps the root that a node's keys come from.
package safe
