//go:build soak && race

package ui

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// TestEventsLong is TestEvents at 100,000 events, for the race detector: one process after another, since the toolkit's test driver never
// frees what it has drawn.
func TestEventsLong(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range 100_000/fewEvents + 1 {
		c := exec.CommandContext(t.Context(), program, "-test.run=^TestEvents$", "-test.timeout=0")
		c.Env = append(os.Environ(), fmt.Sprintf("%s=%d", eventsSeed, seed))
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, out)
		}
		t.Logf("%d events", (seed+1)*fewEvents)
	}
}
