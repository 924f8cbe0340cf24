//go:build !unix

package batch

// syncFolder does nothing where folders cannot be synchronised.
func syncFolder(string) error { return nil }
