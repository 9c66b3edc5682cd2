//go:build !race

package finding

const raceEnabled = false
