package export

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/template"

	"zachin/app/dataset"
	"zachin/engine/tokenizer"
)

//go:embed templates
var templates embed.FS

// scripts is what the templates are filled with.
type scripts struct {
	dataset.Training
	Template   dataset.Template
	Validation bool
	LoRA       bool
	Messages   bool
	Masked     bool // the lines have prompts
	Seed       uint32
	End        string      // the end token of the template, or ""
	Turns      [3][]string // of system, user and assistant: the pattern cut at its {{content}}
}

func newScripts(p *dataset.Project, t *tokenizer.Tokenizer, validation bool) scripts {
	s := scripts{
		Training: p.Training, Template: p.Template, Validation: validation, LoRA: p.Export.Transformers == dataset.LoRA,
		Messages: p.Export.JSONL == dataset.Messages, Masked: p.Export.JSONL != dataset.TextLines, Seed: uint32(p.Split.Seed),
	}
	for _, special := range t.Specials() {
		if len(special.Name) > len(s.End) && strings.HasSuffix(strings.TrimRight(p.Template.After, " \n"), special.Name) {
			s.End = special.Name
		}
	}
	for i, role := range []string{"system", "user", "assistant"} {
		if p.Shape != dataset.Dialog {
			s.Turns[i] = []string{"", ""} // the one turn of a prompt is the prompt itself
			continue
		}
		// A mark that no pattern holds shows where the content goes.
		const mark = "\x00"
		text, err := p.Template.Turn(dataset.Turn{Role: role, Content: mark})
		if err == nil {
			s.Turns[i] = strings.Split(text, mark)
		}
	}
	return s
}

// fill makes the text of a script.
func (s scripts) fill(name string) ([]byte, error) {
	t, err := template.New(name).Funcs(template.FuncMap{
		"quote": shellQuote, "python": pythonString, "pythonList": pythonList,
		"number": func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) },
	}).ParseFS(templates, "templates/"+name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, s)
	return out.Bytes(), err
}

// shellQuote makes one word of a text for a POSIX shell.
func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// pythonString spells a text as Python does. JSON's escapes are Python's too, except for surrogate pairs, which are not used.
func pythonString(text string) (string, error) {
	line, err := encode(text)
	return strings.TrimSuffix(line, "\n"), err
}

// pythonList spells the literals of a pattern with None between them.
func pythonList(parts []string) (string, error) {
	var words []string
	for _, part := range parts {
		word, err := pythonString(part)
		if err != nil {
			return "", err
		}
		words = append(words, word)
	}
	return "[" + strings.Join(words, ", None, ") + "]", nil
}

// deepspeed is the configuration that the card's example names, with the form's batch.
func deepspeed(t dataset.Training) ([]byte, error) {
	type object = map[string]any
	data, err := json.MarshalIndent(object{
		"train_micro_batch_size_per_gpu": t.BatchSize,
		"gradient_accumulation_steps":    t.Accumulation,
		"steps_per_print":                t.LogInterval,
		"gradient_clipping":              1.0,
		"fp16":                           object{"enabled": true, "loss_scale": 0, "loss_scale_window": 2000, "hysteresis": 2, "min_loss_scale": 0},
		"zero_optimization":              object{"stage": 2, "reduce_bucket_size": 50_000_000, "overlap_comm": true},
		"sparse_attention": object{
			"mode": "fixed", "block": 16, "different_layout_per_head": true, "num_local_blocks": 8, "num_global_blocks": 1,
			"attention": "unidirectional", "horizontal_global_attention": false, "num_different_global_patterns": 8,
		},
	}, "", "  ")
	return append(data, '\n'), err
}

// hostfile names the machines for DeepSpeed's launcher.
func hostfile(hosts []dataset.Host) []byte {
	var out bytes.Buffer
	for _, h := range hosts {
		fmt.Fprintf(&out, "%s slots=%d\n", h.Name, h.GPUs)
	}
	return out.Bytes()
}
