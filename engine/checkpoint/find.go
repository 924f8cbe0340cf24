package checkpoint

import (
	"os"
	"path/filepath"
	"strings"
)

// names are what checkpoints are called, whole or as an index of shards, in the order in which [Find] prefers them.
func names() []string {
	return []string{
		"mp_rank_00_model_states.pt",
		"model.safetensors", "model.safetensors" + indexSuffix,
		"pytorch_model.bin", "pytorch_model.bin" + indexSuffix,
	}
}

// Find returns the checkpoint file in a folder: the first that exists of those it names when there is none
// ([ErrNoCheckpoint]), or else the only GGUF file. Several GGUF files are an error that
// names two ([ErrSeveral]).
func Find(dir string) (string, error) {
	for _, name := range names() {
		if path := filepath.Join(dir, name); regular(path) {
			return path, nil
		}
	}
	found, err := ggufFiles(dir)
	switch {
	case err != nil:
		return "", err
	case len(found) > 1:
		return "", inFile(dir, fault(ErrSeveral, "the folder holds several models, such as %s and %s: name one of the files", found[0], found[1]))
	case len(found) == 1:
		return filepath.Join(dir, found[0]), nil
	}
	return "", inFile(dir, fault(ErrNoCheckpoint, "the folder holds none of %s, *.gguf", strings.Join(names(), ", ")))
}

// ggufFiles lists the GGUF files of a folder by name.
func ggufFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".gguf" && regular(filepath.Join(dir, e.Name())) {
			found = append(found, e.Name())
		}
	}
	return found, nil
}

func regular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
