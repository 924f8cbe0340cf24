//go:build !gldebug

package glcompute

// debug makes every GL call check for errors. Build with -tags gldebug to set it; asking after every call makes the
// driver wait, so the usual build asks once per submission.
const debug = false
