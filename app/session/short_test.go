//go:build !soak

package session

// largeBounds: a machine that is busy with other tests measures nothing.
const largeBounds = false
