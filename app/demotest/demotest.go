// Package demotest loads the demonstration model for tests.
package demotest

import (
	"testing"

	"zachin/app/catalog"
	"zachin/engine"
)

// Load loads the demonstration model on the processor; it is closed at the test's end.
func Load(t testing.TB) *engine.Model {
	t.Helper()
	src, err := catalog.Resolve(catalog.Demo)
	if err != nil {
		t.Fatal(err)
	}
	m, err := engine.Load(t.Context(), src, engine.Options{Device: engine.CPU})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}
