package synth

import (
	"fmt"
	"io"
	"testing"
)

// Every record begins where create says, at a multiple of 64, also behind one whose sizes need 64 bits.
func TestAlignment(t *testing.T) {
	a := newArchive(io.Discard)
	chunk := make([]byte, 1<<24)
	for i, size := range []int{1, 63, 64, 0, 1<<32 - 1, 1 << 32, 5} {
		w, err := a.create(fmt.Sprintf("data/%d", i))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.zip.Flush(); err != nil {
			t.Fatal(err)
		}
		if a.written.n != a.dataStart || a.dataStart%64 != 0 {
			t.Fatalf("record %d begins at %d, announced for %d", i, a.written.n, a.dataStart)
		}
		for size > 0 {
			n, err := w.Write(chunk[:min(size, len(chunk))])
			if err != nil {
				t.Fatal(err)
			}
			size -= n
		}
	}
}
