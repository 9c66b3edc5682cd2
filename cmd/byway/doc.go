// Byway runs a node of one's own, and steers it.
//
// What a command prints for people may change. What it prints with --json is stable:
// one object a line, with the field names of proto/byway/local/v1 and the JSON forms of
// protobuf: 64-bit numbers are strings, times are RFC 3339, and one that is unset is
// left out. Stable are also the exit codes: 0 done, 1 failed, 2 usage, 3 no node running,
// 4 refused by the other side, 130 interrupted.
package main
