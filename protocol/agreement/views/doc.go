// Package views shows an agreement in the vocabularies of others.
//
// A view is made from one signed record, the roster that the record names, and the time
// as of which it is asked. The same input gives the same bytes. It is never evidence: it names
// the record's id and the sha256 of the whole, and says so. What the record doesn't
// say, the view doesn't say either; SPEC.md lists the field behind every claim.
//
// An agreement is a contract between two parties and no consent of one: no view says that
// anybody consented.
package views
