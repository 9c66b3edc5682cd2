// Package listing keeps a line about each agreement for quick pages.
//
// The lines are a cache, made from the store's feed alone: the table can be dropped at any
// time, and is made again. Offers and what waits for the owner have their places there too. Whoever reads is never behind a write that was acknowledged: what
// the feed has and the lines don't is taken in first. What depends on the clock, such as
// "expired", is settled when a line is read.
package listing
