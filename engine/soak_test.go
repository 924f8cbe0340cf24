//go:build soak

package engine

// longestXL lets every case of the real shape run.
const longestXL = 2048
