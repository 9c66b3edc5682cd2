// Package intention is what a person says that she is looking for.
//
// A person casts an intention under a key that she uses for nothing else: to all who
// listen for its category in a community, or to vendors that she names. The cast
// carries an open proffer of PDC-INTENT, about this intention only; whoever answers
// accepts it. She takes the cast back by a withdrawal under the same key.
//
// What she would pay at most, who she is and where she lives have no field here.
// Place is words without numbers, days are whole days, the end is a whole hour.
//
// Casts and withdrawals have one valid form of FormSize bytes, so that one can't be
// multiplied by padding, by unknown fields or by a second signature. The Validator
// gives each that arrives a verdict:
//
//	arrives                                                          verdict
//	any other form, a bad signature                                  Reject
//	a cast of another community or top category than the topic's     Reject
//	an expiry over MaxLife away: by up to a day, by more             Ignore, Reject
//	a version that this code doesn't know, expired                   Ignore
//	a copy, a second cast by one key, a cast withdrawn before        Ignore
//	a withdrawal that doesn't fit the cast that is known             Ignore
//	memory full                                                      Ignore
//	anything else                                                    Accept, and remembered until its expiry
//
// The person's own intention is a function of what she keeps about it, strongest first:
//
//	Taken       the cast's key has handed over to another key
//	Withdrawn   there is a withdrawal
//	Expired     a view by her clock
//	Answered    there is a statement to the cast's key
//	Live        none of these
//
// Bounds: those at the top of intention.go. SPEC.md rules on the format.
package intention

//go:generate go test -run ^TestVectorsAreCurrent$ -update
