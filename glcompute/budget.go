package glcompute

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-gl/gl/v4.3-core/gl"
)

// FreeMemory is how much of the card's own memory nobody uses. It is known of NVIDIA's driver alone, the one whose answer
// is needed: it puts what does not fit into the processor's memory without a word, and is then ten times slower. Mesa has the
// extension too, but names the small window of an integrated chip that uses all memory.
func (d *Device) FreeMemory(ctx context.Context) (bytes int64, known bool, err error) {
	if !strings.HasPrefix(d.info.Vendor, "NVIDIA") || !slices.Contains(d.extensions, "GL_NVX_gpu_memory_info") {
		return 0, false, nil
	}
	var kilobytes int32
	err = d.do(ctx, "glGetIntegerv", func() error {
		gl.GetIntegerv(currentAvailable, &kilobytes)
		return nil
	})
	return int64(kilobytes) << 10, kilobytes > 0, err
}

// Limit makes buffers beyond so many bytes in all fail with ErrOutOfMemory; 0 leaves it to the driver.
func (d *Device) Limit(ctx context.Context, bytes int64) error {
	return d.do(ctx, "", func() error { d.budget = bytes; return nil })
}

// checkBudget refuses a buffer that goes beyond the limit. Thread: GL.
func (d *Device) checkBudget(size int64) error {
	if d.budget > 0 && size > d.budget-d.allocated {
		return fmt.Errorf("%w: a buffer of %d MiB beside %d MiB, %d MiB are allowed", ErrOutOfMemory, size>>20, d.allocated>>20, d.budget>>20)
	}
	return nil
}
