//go:build gldebug

package glcompute

// debug makes every GL call check for errors.
const debug = true
