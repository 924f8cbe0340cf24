package workbench

import (
	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
)

// Remark is something in which the options do not suit the data. Nothing stops it from being exported: the person decides. Its words
// are ui.data.remark.<remark>.
type Remark string

// The remarks there are.
const (
	NoBlocks      Remark = "no_blocks"      // the original trainer would see nothing
	ManyEpochs    Remark = "many_epochs"    // the original trainer would learn the rows by heart
	FewBlocks     Remark = "few_blocks"     // not enough of them for one step of all GPUs
	NoValidation  Remark = "no_validation"  // nothing tells when to stop
	LongRows      Remark = "long_rows"      // TRL cuts off their ends
	NoPrompts     Remark = "no_prompts"     // completion_only_loss, but lines without prompts
	NoEnd         Remark = "no_end"         // the tuned model would not stop
	MeltingBorder Remark = "melting_border" // other tokens in use than in training
	Leaking       Remark = "leaking"        // validation shows what was learnt by heart
)

// manyEpochs is where the card's example, 20,000 steps, is too much for a small set.
const manyEpochs = 20

// Remarks looks whether a project's options suit what is known of its data: c and p may be nil.
func Remarks(project *dataset.Project, c *Checkup, p *Plan) (list []Remark) {
	add := func(when bool, r Remark) {
		if when {
			list = append(list, r)
		}
	}
	e, t := project.Export, project.Training
	if p != nil {
		add(e.Original && p.Blocks == 0, NoBlocks)
		add(e.Original && p.Blocks > 0 && p.PerEpoch == 0, FewBlocks)
		add(e.Original && p.Epochs > manyEpochs, ManyEpochs)
		add(p.Valid == 0, NoValidation)
		add(p.Leak.Count > 0, Leaking)
	}
	transformers := e.Transformers != ""
	if c != nil {
		add(transformers && found(c, doctor.TooLong), LongRows)
		add(found(c, doctor.MissingEnd), NoEnd)
		add(c.Border.Count > 0, MeltingBorder)
	}
	add(transformers && t.CompletionOnly && e.JSONL == dataset.TextLines, NoPrompts)
	return list
}

func found(c *Checkup, check doctor.Check) bool {
	for _, f := range c.Findings {
		if f.Check == check {
			return f.Count > 0
		}
	}
	return false
}
