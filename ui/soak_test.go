//go:build soak && race

package ui

import "testing"

// TestEventsLong is TestEvents at 100,000 events, for the race detector.
func TestEventsLong(t *testing.T) { testEvents(t, 100_000, 1_000) }
