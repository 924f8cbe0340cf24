package synth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrOccupied is wrapped by the error about a folder that holds something else than a checkpoint by formula.
var ErrOccupied = errors.New("the folder holds other files")

// Free reports whether a checkpoint of one layout, original or safetensors, may be written into dir: the folder does not
// exist, is empty, or holds what an earlier run wrote there in the same layout. Otherwise the error wraps ErrOccupied
// and names a file in the way. Someone's own model has files of the same names, but a vocabulary with merges.
func Free(dir string, original bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	ours := []string{"config.json", "vocab.json", "merges.txt", "model.safetensors"}
	if original {
		ours = []string{"config.json", "vocab.json", "merges.txt", "deepspeed_config.json", folder + ".pt"}
	}
	for _, e := range entries {
		part := strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), ".part")
		if !part && !slices.Contains(ours, e.Name()) {
			return fmt.Errorf("%w: %s", ErrOccupied, e.Name())
		}
	}
	merges, err := os.ReadFile(filepath.Join(dir, "merges.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || string(merges) != noMerges {
		return fmt.Errorf("%w: %s", ErrOccupied, entries[0].Name())
	}
	return nil
}

// noMerges is the merges.txt of every checkpoint by formula.
const noMerges = "#version: 0.2\n"

// Bytes is the size of the shape's weights.
func (s Shape) Bytes() int64 {
	var n int64
	for _, t := range s.original() {
		n += 2 * t.elements()
	}
	return n
}
