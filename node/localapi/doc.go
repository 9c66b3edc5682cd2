// Package localapi is the control API of a node: how its owner's programs steer it.
//
// It is a connect service, defined in proto/byway/local/v1, on a unix socket that only
// programs of the same user reach: the socket's mode is 0600, its folder's 0700, and
// the uid at the other end is checked on both sides. Calls fail with a *Failure, whose
// Kind a program branches on.
package localapi
