// Package guard keeps a node going whatever the functions of its owner's program do.
package guard
