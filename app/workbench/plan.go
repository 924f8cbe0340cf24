package workbench

import (
	"context"
	"math"
	"path"
	"strings"

	"zachin/app/dataset"
	"zachin/app/dataset/export"
)

// Plan is what training will see, and how long it goes.
type Plan struct {
	export.Measurement
	Blocks, Dropped int64    // of the training set, as the original trainer cuts it; Dropped counts tokens
	Tokens          int64    // of the training set
	First           [][]Part // the beginnings of the first blocks
	Rest            []Part   // what falls off, from its beginning

	PerEpoch int64   // steps of the original trainer
	Epochs   float64 // that its steps are
	Updates  int64   // steps of Transformers for its epochs
}

// isTraining tells a file of the training set by its name: original/train.txt, original/train-00002.txt, jsonl/train.jsonl …
func isTraining(name string) bool { return strings.HasPrefix(path.Base(name), "train") }

// blockText is how many tokens of a block are shown.
const blockText = 160

// Measure finds out what the export will hold, without writing it. progress, which may be nil, is told bytes of the sources, which
// are read twice.
func (b *Bench) Measure(ctx context.Context, p *dataset.Project, progress func(done, total int64)) (Plan, error) {
	t, err := b.Tokenizer(p)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{}
	if plan.Measurement, err = export.Measure(ctx, p, t, progress); err != nil {
		return Plan{}, err
	}
	for _, f := range plan.Measurement.Blocks {
		if isTraining(f.Path) {
			plan.Blocks += f.Blocks.Blocks
			plan.Dropped += f.Dropped
			plan.Tokens += f.Tokens
		}
	}
	for _, f := range plan.Files {
		if len(plan.Measurement.Blocks) == 0 && isTraining(f.Path) { // without the original trainer's files
			plan.Tokens = f.Tokens // each layout has the same rows
		}
	}
	shown := func(ids []int32) []Part { return Cut(t, t.Decode(ids[:min(len(ids), blockText)]), false) }
	for _, block := range plan.Measurement.First {
		plan.First = append(plan.First, shown(block))
	}
	plan.Rest = shown(plan.Measurement.Rest)
	plan.count(p.Training)
	return plan, nil
}

// count works out the steps.
func (p *Plan) count(t dataset.Training) {
	p.PerEpoch, p.Epochs = dataset.Steps(p.Blocks, t.BatchSize, t.AllGPUs(), t.TrainIters)
	together := float64(t.BatchSize * t.AllGPUs() * t.Accumulation)
	p.Updates = int64(math.Ceil(math.Ceil(float64(p.Train)/together) * t.Epochs))
}

// Build writes the project's files into a folder; see export.Build.
func (b *Bench) Build(ctx context.Context, p *dataset.Project, dir string, progress func(done, total int64)) (export.Manifest, error) {
	t, err := b.Tokenizer(p)
	if err != nil {
		return export.Manifest{}, err
	}
	return export.Build(ctx, p, t, dir, progress)
}
