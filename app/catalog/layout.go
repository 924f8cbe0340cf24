package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Layout is how a model's weights lie in files.
type Layout string

// The layouts that the engine reads, in the order in which one is chosen where a folder has several.
const (
	Original    Layout = "original"    // the checkpoint of ruGPT-3 XL's own trainer
	Safetensors Layout = "safetensors" // of Transformers: one file, or several and an index
	Torch       Layout = "torch"       // of Transformers, saved by PyTorch
	GGUF        Layout = "gguf"        // with its own tokenizer
)

// smallFiles are the files beside the weights that the engine, or a person, may read.
func smallFiles() []string {
	return []string{
		"config.json", "vocab.json", "merges.txt", "deepspeed_config.json", "generation_config.json", "tokenizer_config.json",
		"special_tokens_map.json", "added_tokens.json",
	}
}

// IsSmall tells whether a name is that of a file beside the weights.
func IsSmall(name string) bool { return slices.Contains(smallFiles(), name) }

// weights are the patterns of a layout's files of weights, in the order of preference. Of a pattern for an index all shards
// belong to it.
func weights() []struct {
	layout Layout
	main   string
	shards string
} {
	return []struct {
		layout Layout
		main   string
		shards string
	}{
		{Original, `^mp_rank_00_model_states\.pt$`, ""},
		{Safetensors, `^model\.safetensors$`, ""},
		{Safetensors, `^model\.safetensors\.index\.json$`, `^model-\d{5}-of-\d{5}\.safetensors$`},
		{Torch, `^pytorch_model\.bin$`, ""},
		{Torch, `^pytorch_model\.bin\.index\.json$`, `^pytorch_model-\d{5}-of-\d{5}\.bin$`},
		// The most exact form that is no larger than the original: more bits than it was trained with say nothing.
		{GGUF, `(?i)\bf16\b.*\.gguf$|(?i)[._-]f16\.gguf$`, ""},
		{GGUF, `(?i)q8_0.*\.gguf$`, ""},
		{GGUF, `(?i)q4_0.*\.gguf$`, ""},
		{GGUF, `(?i)[._-](bf16|f32)\.gguf$`, ""},
		{GGUF, `\.gguf$`, ""},
	}
}

// Choose picks from the names of a folder those that make up a model, and tells their layout. missing names what a model
// of that layout needs beside; it is all that is returned when there are no weights.
func Choose(names []string) (chosen []string, layout Layout, missing []string) {
	for _, w := range weights() {
		main, shards := regexp.MustCompile(w.main), regexp.MustCompile(w.shards)
		i := slices.IndexFunc(names, main.MatchString)
		if i < 0 {
			continue
		}
		chosen = append(chosen, names[i])
		wanted := []string{"vocab.json", "merges.txt"}
		if w.layout == GGUF {
			wanted = nil
		}
		for _, name := range names {
			switch {
			case w.shards != "" && shards.MatchString(name):
				wanted = append(wanted, siblings(name)...)
				chosen = append(chosen, name)
			case IsSmall(name):
				chosen = append(chosen, name)
			}
		}
		return chosen, w.layout, lacking(names, slices.Compact(slices.Sorted(slices.Values(wanted))))
	}
	return nil, "", []string{"mp_rank_00_model_states.pt", "model.safetensors", "pytorch_model.bin", "*.gguf"}
}

// siblings are the names of all shards of a set, of which one is known: "model-00001-of-00002.safetensors".
func siblings(name string) (all []string) {
	parts := regexp.MustCompile(`^(.*-)\d{5}(-of-(\d{5})\..*)$`).FindStringSubmatch(name)
	count, _ := strconv.Atoi(parts[3]) // digits by the pattern
	const most = 1000
	for i := range min(count, most) {
		all = append(all, fmt.Sprintf("%s%05d%s", parts[1], i+1, parts[2]))
	}
	return all
}

func lacking(names, wanted []string) []string {
	return slices.DeleteFunc(wanted, func(name string) bool { return slices.Contains(names, name) })
}

// IsWeights tells whether a name is that of a file of weights.
func IsWeights(name string) bool {
	return slices.ContainsFunc([]string{".pt", ".bin", ".safetensors", ".gguf"}, func(end string) bool {
		return strings.HasSuffix(strings.ToLower(name), end)
	})
}
