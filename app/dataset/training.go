package dataset

import (
	"fmt"
	"regexp"
	"slices"
)

// Training holds the options of the scripts that are exported beside the data. The names are those of the trainers.
type Training struct {
	Load               string  `json:"load"`              // the model that the original trainer starts from: a hub id or a folder
	TransformersLoad   string  `json:"transformers_load"` // the converted model that Transformers starts from
	Save               string  `json:"save"`              // where the tuned model goes, relative to the script
	BatchSize          int     `json:"batch_size"`
	SeqLength          int     `json:"seq_length"`
	TrainIters         int     `json:"train_iters"`
	LR                 float64 `json:"lr"`
	Warmup             float64 `json:"warmup"` // share of the steps
	LRDecayStyle       string  `json:"lr_decay_style"`
	WeightDecay        float64 `json:"weight_decay"`
	SaveInterval       int     `json:"save_interval"`
	LogInterval        int     `json:"log_interval"`
	MaxFilesPerProcess int     `json:"max_files_per_process"`
	CachePrefix        string  `json:"cache_prefix"`
	Checkpointing      bool    `json:"checkpoint_activations"` // less memory, a third more time
	GPUs               int     `json:"gpus"`                   // of one machine
	Hosts              []Host  `json:"hosts,omitempty"`        // several machines, through DeepSpeed's launcher
	Epochs             float64 `json:"epochs"`                 // Transformers
	Accumulation       int     `json:"gradient_accumulation_steps"`
	LoRARank           int     `json:"lora_rank"`
	LoRAAlpha          int     `json:"lora_alpha"`
	LoRADropout        float64 `json:"lora_dropout"`
	CompletionOnly     bool    `json:"completion_only_loss"` // Transformers: no loss on prompts
}

// Host is a machine of several.
type Host struct {
	Name string `json:"name"`
	GPUs int    `json:"gpus"`
}

// FineTuning is what Transformers trains.
type FineTuning string

// The kinds of fine-tuning; "" writes no script for Transformers.
const (
	LoRA FineTuning = "lora"
	Full FineTuning = "full"
)

// DefaultTraining is the example of the model's card, on one GPU.
func DefaultTraining() Training {
	return Training{
		Load: "sberbank-ai/rugpt3xl", TransformersLoad: "evilfreelancer/ruGPT3XL", Save: "checkpoints", BatchSize: 2, SeqLength: DefaultMaxTokens, TrainIters: 20_000, LR: 1.5e-5,
		LRDecayStyle: "constant", WeightDecay: 1e-2, SaveInterval: 500, LogInterval: 100, MaxFilesPerProcess: 20_000,
		CachePrefix: "p5", Checkpointing: true, GPUs: 1, Epochs: 1, Accumulation: 1, LoRARank: 16, LoRAAlpha: 32, LoRADropout: 0.05,
		CompletionOnly: true,
	}
}

// check looks whether the options agree with the model and with each other.
func (t Training) check(e Export) error {
	wrong := func(field, format string, args ...any) error {
		return &ProjectError{Field: "training." + field, Text: fmt.Sprintf(format, args...)}
	}
	for _, n := range []struct {
		field string
		value int
	}{
		{"batch_size", t.BatchSize},
		{"train_iters", t.TrainIters},
		{"save_interval", t.SaveInterval},
		{"log_interval", t.LogInterval},
		{"max_files_per_process", t.MaxFilesPerProcess},
		{"gpus", t.GPUs},
		{"gradient_accumulation_steps", t.Accumulation},
		{"lora_rank", t.LoRARank},
		{"lora_alpha", t.LoRAAlpha},
	} {
		if n.value < 1 {
			return wrong(n.field, "%d is below 1", n.value)
		}
	}
	switch {
	case t.Load == "":
		return wrong("load", "it is empty")
	case t.TransformersLoad == "":
		return wrong("transformers_load", "it is empty")
	case e.Transformers != "" && t.LRDecayStyle == "exponential":
		return wrong("lr_decay_style", "Transformers has no exponential decay: constant, linear or cosine")
	case t.Save == "":
		return wrong("save", "it is empty")
	case t.SeqLength < 16 || t.SeqLength > DefaultMaxTokens || t.SeqLength%16 != 0:
		return wrong("seq_length", "%d is not a multiple of 16, the sparse block, up to %d", t.SeqLength, DefaultMaxTokens)
	case !(t.LR > 0 && t.LR < 1):
		return wrong("lr", "%v is not between 0 and 1", t.LR)
	case !(t.Warmup >= 0 && t.Warmup < 1):
		return wrong("warmup", "%v is not from 0 to below 1", t.Warmup)
	case !(t.WeightDecay >= 0 && t.WeightDecay <= 1):
		return wrong("weight_decay", "%v is not from 0 to 1", t.WeightDecay)
	case !slices.Contains([]string{"constant", "linear", "cosine", "exponential"}, t.LRDecayStyle):
		return wrong("lr_decay_style", "%q is not constant, linear, cosine or exponential", t.LRDecayStyle)
	case !(t.Epochs > 0):
		return wrong("epochs", "%v is not above 0", t.Epochs)
	case !(t.LoRADropout >= 0 && t.LoRADropout < 1):
		return wrong("lora_dropout", "%v is not from 0 to below 1", t.LoRADropout)
	case !slices.Contains([]FineTuning{"", LoRA, Full}, e.Transformers):
		return &ProjectError{Field: "export.transformers", Text: fmt.Sprintf("%q is not lora or full", e.Transformers)}
	}
	return t.checkHosts(wrong)
}

func (t Training) checkHosts(wrong func(field, format string, args ...any) error) error {
	name := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	seen := map[string]bool{}
	for _, h := range t.Hosts {
		switch {
		case !name.MatchString(h.Name) || seen[h.Name]:
			return wrong("hosts", "%q is no name of a machine, or stands there twice", h.Name)
		case h.GPUs < 1:
			return wrong("hosts", "%s has %d GPUs", h.Name, h.GPUs)
		}
		seen[h.Name] = true
	}
	return nil
}

// AllGPUs is how many GPUs train together.
func (t Training) AllGPUs() int {
	if len(t.Hosts) == 0 {
		return t.GPUs
	}
	n := 0
	for _, h := range t.Hosts {
		n += h.GPUs
	}
	return n
}
