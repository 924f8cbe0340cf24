package checkpoint_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"zachin/engine/checkpoint"
	"zachin/engine/checkpoint/gguftest"
)

// hostileGGUF gives files that must be refused.
func hostileGGUF(t testing.TB) []mutant {
	var all []mutant
	add := func(name string, data []byte) { all = append(all, single("gguf: "+name, "model.gguf", data)) }
	change := func(name string, edit func(h *gguftest.Header)) {
		h := ggufNetwork()
		edit(h)
		add(name, h.File())
	}
	if good := ggufNetwork().File(); len(good) > 0 {
		resolved(t, "good", good) // without which the mutants would prove nothing
		add("bytes after the last tensor", append(bytes.Clone(good), make([]byte, 33)...))
		add("another file after it", append(bytes.Clone(good), good...))
	}
	for _, version := range []uint32{0, 1, 4, 0x03000000, 1<<32 - 1} {
		change(fmt.Sprint("version ", version), func(h *gguftest.Header) { h.Version = version })
	}
	for _, n := range []uint64{0, 1, 17, 1 << 14, 1<<14 + 1, 1 << 40, 1 << 61, 1<<64 - 1} {
		change(fmt.Sprint(n, " tensors"), func(h *gguftest.Header) { h.TensorCount = n })
		change(fmt.Sprint(n, " keys"), func(h *gguftest.Header) { h.KeyCount = n &^ 1 })
	}
	hostileKeys(change)
	hostileTensors(change)
	return all
}

func hostileKeys(change func(string, func(*gguftest.Header))) {
	n, text := gguftest.Number, gguftest.String
	huge := []uint64{1 << 20, 1 << 32, 1 << 60, 1 << 61, 1<<63 - 1, 1 << 63, 1<<64 - 1}
	for _, size := range huge {
		change(fmt.Sprint("a text of ", size), func(h *gguftest.Header) { h.Key("k", gguftest.Text, n(size, 8)) })
		change(fmt.Sprint(size, " texts"), func(h *gguftest.Header) { h.Key("k", gguftest.Array, n(gguftest.Text, 4), n(size, 8)) })
		for _, kind := range []uint64{gguftest.Uint8, gguftest.Uint32, gguftest.Uint64} {
			change(fmt.Sprint(size, " values of kind ", kind), func(h *gguftest.Header) { h.Key("k", gguftest.Array, n(kind, 4), n(size, 8)) })
		}
		change(fmt.Sprint("a list with a text of ", size), func(h *gguftest.Header) {
			h.Key("k", gguftest.Array, n(gguftest.Text, 4), n(2, 8), text("a"), n(size, 8))
		})
	}
	for _, kind := range []uint32{13, 255, 1<<32 - 1} {
		change(fmt.Sprint("a value of kind ", kind), func(h *gguftest.Header) { h.Key("k", kind, n(0, 8)) })
		change(fmt.Sprint("a list of kind ", kind), func(h *gguftest.Header) { h.Key("k", gguftest.Array, n(uint64(kind), 4), n(1, 8), n(0, 8)) })
	}
	change("a list of lists", func(h *gguftest.Header) {
		h.Key("k", gguftest.Array, n(gguftest.Array, 4), n(1, 8), n(gguftest.Uint8, 4), n(1, 8), n(0, 1))
	})
	change("deep lists", func(h *gguftest.Header) {
		h.Key("k", gguftest.Array, bytes.Repeat(append(n(gguftest.Array, 4), n(1, 8)...), 1<<16))
	})
	change("a key twice", func(h *gguftest.Header) { h.Number("k", 1); h.Number("k", 1) })
	change("a key of bad bytes", func(h *gguftest.Header) { h.Number("\xff", 1) })
	change("an endless key", func(h *gguftest.Header) { h.Number(strings.Repeat("k", 1<<20), 1) })
	change("many keys", func(h *gguftest.Header) {
		for i := range 1 << 13 {
			h.Number(fmt.Sprint(i), 1)
		}
	})
	for _, alignment := range []uint32{0, 1, 4, 24, 33, 1 << 21, 1 << 31, 1<<32 - 1} {
		change(fmt.Sprint("alignment ", alignment), func(h *gguftest.Header) { h.Number("general.alignment", alignment) })
	}
	change("alignment 64 of data at 32", func(h *gguftest.Header) { h.Number("general.alignment", 64) })
	change("alignment in words", func(h *gguftest.Header) { h.Text("general.alignment", "32") })
	change("a part of several", func(h *gguftest.Header) { h.Number("split.count", 2) })
	change("parts in words", func(h *gguftest.Header) { h.Text("split.count", "2") })
}

func hostileTensors(change func(string, func(*gguftest.Header))) {
	const size = 64
	for name, dims := range map[string][]uint64{
		"no elements":       {0},
		"a hidden zero":     {16, 0},
		"five dimensions":   {1, 1, 1, 1, 16},
		"many dimensions":   make([]uint64, 1<<12),
		"too many elements": {17},
		"2^63 elements":     {1 << 63},
		"2^64-1 elements":   {1<<64 - 1},
		"elements that wrap": {
			1 << 32, 1 << 32,
		},
		"elements that wrap to 16": {1<<62 + 4, 4},
		"too few elements":         {8},
	} {
		change(name, func(h *gguftest.Header) { h.Tensor("t", gguftest.F32, size, dims...) })
	}
	for _, format := range []uint32{3, 9, 12, 24, 27, 28, 31, 99, 1<<32 - 1} {
		change(fmt.Sprint("format ", format), func(h *gguftest.Header) { h.Tensor("t", format, size, 16) })
	}
	change("rows of half a block", func(h *gguftest.Header) { h.Tensor("t", gguftest.Q8_0, 34, 16, 2) })
	change("a scalar of blocks", func(h *gguftest.Header) { h.Tensor("t", gguftest.Q8_0, 34) })
	end := uint64(ggufNetwork().DataSize())
	for _, offset := range []uint64{0, 32, end - 32, end + 1, end + 32, 1 << 40, 1 << 63, 1<<64 - 32} {
		change(fmt.Sprint("a tensor at ", offset), func(h *gguftest.Header) { h.TensorAt("t", gguftest.F32, offset, 1) })
	}
	change("a tensor after the end", func(h *gguftest.Header) { h.TensorAt("t", gguftest.F32, end, 16) })
	change("a name twice", func(h *gguftest.Header) { h.Tensor("output_norm.bias", gguftest.F32, 8, 2) })
	change("an endless name", func(h *gguftest.Header) { h.Tensor(strings.Repeat("t", 1<<20), gguftest.F32, 8, 2) })
	change("a surplus tensor", func(h *gguftest.Header) { h.Tensor("surplus", gguftest.F32, 8, 2) })
	change("a head of its own", func(h *gguftest.Header) { h.Tensor("output.weight", gguftest.F16, 16, 2, 4) })
	change("many tensors", func(h *gguftest.Header) {
		for i := range 1 << 15 {
			h.Tensor(fmt.Sprint(i), gguftest.F32, 4, 1)
		}
	})
}

// damagedFormats cuts real files and changes bits outside of their elements: llama.cpp's and Transformers'.
func damagedFormats(t *testing.T, random *rand.Rand) []mutant {
	var all []mutant
	for _, file := range []string{"gpt2-Q8_0.gguf", "rugpt3xl-Q4_0.gguf", "gpt2-F16.gguf"} {
		data := readFormat(t, file)
		want := resolved(t, file, data)
		head := bytes.Index(data, []byte("token_embd.weight")) // the descriptions of tensors follow
		elements := bytes.Index(data, want.Word.Bytes())
		for range 12 {
			at := random.IntN(len(data))
			all = append(all, single(fmt.Sprintf("%s cut at %d", file, at), file, data[:at]))
		}
		for i := range 120 {
			at, bit := random.IntN(head), byte(1)<<random.IntN(8)
			if i%2 == 0 {
				at = head + random.IntN(elements-head)
			}
			changed := bytes.Clone(data)
			changed[at] ^= bit
			m := single(fmt.Sprintf("%s: byte %d ^ %#x", file, at, bit), file, changed)
			m.harmless = func(t *testing.T, got *checkpoint.Model) { sameModel(t, got, want) }
			all = append(all, m)
		}
	}
	return all
}
