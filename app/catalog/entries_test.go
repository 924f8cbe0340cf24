package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zachin/assets"
	"zachin/engine/quant"
)

// TestEntries: the facts are whole, and agree with each other and with the embedded model.
func TestEntries(t *testing.T) {
	all := All()
	if len(all) < 7 || all[0].ID != Demo {
		t.Fatalf("%d entries", len(all))
	}
	for _, e := range all {
		s := e.Shape
		if want := (s.Vocab+s.Positions)*s.Hidden + s.Layers*(12*s.Hidden*s.Hidden+13*s.Hidden) + 2*s.Hidden; e.Parameters != want {
			t.Errorf("%s has %d parameters, its shape %d", e.ID, e.Parameters, want)
		}
		for _, text := range []string{e.Title, e.Summary.Russian, e.Summary.English, e.Disclaimer.Russian, e.Disclaimer.English} {
			if text == "" {
				t.Errorf("%s lacks words", e.ID)
			}
		}
		if e.ID != Demo && (len(e.Links) == 0 || !strings.HasPrefix(e.Links[0], "https://huggingface.co/"+e.ID)) {
			t.Errorf("%s links to %v", e.ID, e.Links)
		}
		if e.AboutBytes < e.Parameters || len(e.Languages) == 0 || !regexp.MustCompile(`^([0-9a-f]{40})?$`).MatchString(e.Revision) {
			t.Errorf("%s: %+v", e.ID, e)
		}
		var names []string
		for _, f := range e.Files {
			names = append(names, f.Name)
		}
		if _, layout, missing := Choose(names); len(names) > 0 && (layout != e.Layout || len(missing) > 0) {
			t.Errorf("%s: its files are of layout %q and lack %v", e.ID, layout, missing)
		}
	}
	for _, f := range all[0].Files {
		data, err := fs.ReadFile(assets.Demo(), f.Name)
		sum := sha256.Sum256(data)
		if err != nil || int64(len(data)) != f.Size || hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("the embedded %s has %d bytes, %x, %v", f.Name, len(data), sum, err)
		}
	}
}

func TestFind(t *testing.T) {
	for _, name := range []string{"ai-forever/rugpt3xl", "sberbank-ai/rugpt3xl", "AI-Forever/ruGPT3XL"} {
		if e, ok := Find(name); !ok || e.ID != "ai-forever/rugpt3xl" || e.Perplexity != 12.05 {
			t.Errorf("%s: %+v, %t", name, e, ok)
		}
	}
	if e, ok := Find("nobody/nothing"); ok {
		t.Errorf("found %+v", e)
	}
	xl, _ := Find("ai-forever/rugpt3xl")
	if e, f, ok := FileOf(xl.Files[0].SHA256); !ok || e.ID != xl.ID || f.Size != 2631557468 {
		t.Errorf("%+v, %+v, %t", e, f, ok)
	}
	if _, _, ok := FileOf(""); ok {
		t.Error("a file without a hash is known")
	}
}

// TestMemory compares with the table of docs/quantisation.md, and the cache of a full context, 0.4 GB.
func TestMemory(t *testing.T) {
	xl, _ := Find("ai-forever/rugpt3xl")
	for format, want := range map[quant.Format]float64{quant.F16: 2.63, quant.Q8: 1.40, quant.Q4: 0.87} {
		if got := float64(xl.Memory(format))/1e9 - 0.403; got < want-0.006 || got > want+0.006 {
			t.Errorf("%v: %.3f GB of weights, want %.2f", format, got, want)
		}
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		names, chosen string
		layout        Layout
		missing       int
	}{
		{"mp_rank_00_model_states.pt vocab.json merges.txt README.md", "mp_rank_00_model_states.pt vocab.json merges.txt", Original, 0},
		{"flax_model.msgpack pytorch_model.bin vocab.json merges.txt", "pytorch_model.bin vocab.json merges.txt", Torch, 0},
		{"pytorch_model.bin model.safetensors vocab.json merges.txt", "model.safetensors vocab.json merges.txt", Safetensors, 0},
		{
			"model.safetensors.index.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors vocab.json merges.txt config.json",
			"model.safetensors.index.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors vocab.json merges.txt config.json", Safetensors, 0,
		},
		{"xl-F32.gguf xl-Q8_0.gguf xl-F16.gguf", "xl-F16.gguf", GGUF, 0},
		{"xl-Q4_0.gguf xl-Q8_0.gguf", "xl-Q8_0.gguf", GGUF, 0},
		{"xl-Q4_K_M.gguf xl-bf16.gguf", "xl-bf16.gguf", GGUF, 0},
		{"anything.gguf", "anything.gguf", GGUF, 0},
		{
			"pytorch_model.bin.index.json pytorch_model-00002-of-00003.bin vocab.json merges.txt",
			"pytorch_model.bin.index.json pytorch_model-00002-of-00003.bin vocab.json merges.txt", Torch, 2,
		},
		{"model.safetensors vocab.json", "model.safetensors vocab.json", Safetensors, 1},
		{"model.safetensors.bak README.md", "", "", 4},
	} {
		chosen, layout, missing := Choose(strings.Fields(c.names))
		if !slices.Equal(chosen, strings.Fields(c.chosen)) || layout != c.layout || len(missing) != c.missing {
			t.Errorf("%s: %v, %q, lacks %v", c.names, chosen, layout, missing)
		}
	}
}
