// Package meshtest is the scenery for tests of a community's nodes.
package meshtest
