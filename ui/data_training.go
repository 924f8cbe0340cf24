package ui

import (
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"zachin/app/dataset"
)

// trainingForm is the options of the scripts, in two groups: those of the original trainer, and those of Transformers.
func (f *form) trainingForm() (original, transformers *fyne.Container) {
	type training = dataset.Training
	text := func(id string, at func(t *training) *string) fyne.CanvasObject {
		return f.row(id, f.text(id, func(p *dataset.Project) *string { return at(&p.Training) }))
	}
	whole := func(id string, at func(t *training) *int) fyne.CanvasObject {
		return f.row(id, f.whole(id, func(p *dataset.Project) *int { return at(&p.Training) }))
	}
	real := func(id string, at func(t *training) *float64) fyne.CanvasObject {
		return f.row(id, f.real(id, func(p *dataset.Project) *float64 { return at(&p.Training) }))
	}
	check := func(id string, at func(t *training) *bool) fyne.CanvasObject {
		return f.check(id, func(p *dataset.Project) *bool { return at(&p.Training) })
	}
	decay := f.row("lr_decay_style", f.choice("lr_decay_style", func() []option {
		var list []option
		for _, style := range []string{"constant", "linear", "cosine", "exponential"} {
			list = append(list, option{style, style})
		}
		return list
	}, func(p *dataset.Project) string { return p.Training.LRDecayStyle }, func(p *dataset.Project, v string) { p.Training.LRDecayStyle = v }))
	original = container.New(tight{4},
		text("load", func(t *training) *string { return &t.Load }),
		whole("train_iters", func(t *training) *int { return &t.TrainIters }),
		whole("seq_length", func(t *training) *int { return &t.SeqLength }),
		whole("max_files_per_process", func(t *training) *int { return &t.MaxFilesPerProcess }),
		text("cache_prefix", func(t *training) *string { return &t.CachePrefix }),
		f.row("hosts", f.hosts()))
	common := container.New(tight{4},
		text("save", func(t *training) *string { return &t.Save }),
		whole("batch_size", func(t *training) *int { return &t.BatchSize }),
		whole("accumulation", func(t *training) *int { return &t.Accumulation }),
		whole("gpus", func(t *training) *int { return &t.GPUs }),
		real("lr", func(t *training) *float64 { return &t.LR }),
		real("warmup", func(t *training) *float64 { return &t.Warmup }),
		decay,
		real("weight_decay", func(t *training) *float64 { return &t.WeightDecay }),
		whole("save_interval", func(t *training) *int { return &t.SaveInterval }),
		whole("log_interval", func(t *training) *int { return &t.LogInterval }),
		check("checkpointing", func(t *training) *bool { return &t.Checkpointing }))
	original = container.New(tight{4}, original, common)
	transformers = container.New(tight{4},
		text("transformers_load", func(t *training) *string { return &t.TransformersLoad }),
		real("epochs", func(t *training) *float64 { return &t.Epochs }),
		check("completion_only", func(t *training) *bool { return &t.CompletionOnly }),
		whole("lora_rank", func(t *training) *int { return &t.LoRARank }),
		whole("lora_alpha", func(t *training) *int { return &t.LoRAAlpha }),
		real("lora_dropout", func(t *training) *float64 { return &t.LoRADropout }))
	return original, transformers
}

// hosts is a field with a machine a line: its name and how many GPUs it has.
func (f *form) hosts() *entry {
	e := f.typed("hosts", func(p *dataset.Project) string {
		var lines []string
		for _, h := range p.Training.Hosts {
			lines = append(lines, fmt.Sprintf("%s %d", h.Name, h.GPUs))
		}
		return strings.Join(lines, "\n")
	}, func(p *dataset.Project, text string) bool {
		p.Training.Hosts = nil
		for line := range strings.Lines(text) {
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			gpus, err := strconv.Atoi(words[len(words)-1])
			if len(words) != 2 || err != nil {
				return false
			}
			p.Training.Hosts = append(p.Training.Hosts, dataset.Host{Name: words[0], GPUs: gpus})
		}
		return true
	})
	e.MultiLine = true
	e.SetMinRowsVisible(2)
	return e
}
