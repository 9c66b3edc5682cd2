// Package sumfile keeps a JSON object in a file that carries a checksum of itself.
package sumfile
