// Package splitmix spreads the bits of numbers, for seeds and hashes that must be the same in every run.
package splitmix

// Mix is the finaliser of SplitMix64: every bit of the result depends on every bit of x, and no two x give the same.
//
// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
func Mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
