//go:build !soak

package engine

// longestXL bounds the cases of the real shape that run in the ordinary tests; 300 tokens take minutes without a GPU.
const longestXL = 40
