// Package storetest is the contract that every store passes.
package storetest
