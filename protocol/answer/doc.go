// Package answer says how a request ended.
//
// There are three ways, never mixed: the peer said something (a status on the
// wire), the peer turned the request away before looking at it (a reset code),
// or nothing came and we infer why (a local error). A caller that acts on an
// answer must know which: only what the peer said is evidence of its will, and
// only inside a signed record is it evidence to others.
package answer
