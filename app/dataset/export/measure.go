package export

import (
	"context"
	"maps"
	"slices"

	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
	"zachin/engine/tokenizer"
)

// Measurement is what an export would hold, and what the original trainer would make of it.
type Measurement struct {
	Manifest              // its files are those of the rows alone
	Blocks   []FileBlocks // of the original trainer's text files
	First    [][]int32    // the first blocks of the training set
	Rest     []int32      // what falls off the end of its last file
	Leak     doctor.Finding
	Strata   []Stratum // by their names; nil without stratification, or where there are more than maxStrata
}

// Stratum is the rows of one value of the column that the split stratifies by.
type Stratum struct {
	Name         string
	Train, Valid int
}

const maxStrata = 1000

// FileBlocks is a text file as the original trainer cuts it.
type FileBlocks struct {
	Path string
	dataset.Blocks
}

// firstBlocks is how many blocks a measurement shows.
const firstBlocks = 3

// Measure does all that [Build] does but writing.
func Measure(ctx context.Context, p *dataset.Project, t *tokenizer.Tokenizer, progress func(done, total int64)) (Measurement, error) {
	var m Measurement
	b := newBuild(p, t, "")
	b.show[0] = func(block []int32) error {
		if len(m.First) < firstBlocks {
			m.First = append(m.First, slices.Clone(block))
		}
		return nil
	}
	leaks, strata := doctor.NewLeaks(), map[string]*Stratum{}
	b.seen = func(x dataset.Example, validation bool) {
		leaks.Add(x, validation)
		s := strata[x.Stratum]
		if s == nil && len(strata) <= maxStrata {
			s = &Stratum{Name: x.Stratum}
			strata[x.Stratum] = s
		}
		switch {
		case s == nil:
		case validation:
			s.Valid++
		default:
			s.Train++
		}
	}
	if err := b.run(ctx, progress); err != nil {
		return Measurement{}, err
	}
	m.Manifest, m.Leak = b.m, leaks.Finding()
	if p.Split.Stratify != "" && len(strata) <= maxStrata {
		for _, name := range slices.Sorted(maps.Keys(strata)) {
			m.Strata = append(m.Strata, *strata[name])
		}
	}
	for _, s := range b.sets {
		if s.text == nil {
			continue
		}
		for i, f := range s.text.files {
			m.Blocks = append(m.Blocks, FileBlocks{f.Path, s.text.blocks[i]})
		}
	}
	if text := b.sets[0].text; text != nil {
		m.Rest = text.cut.Rest()
	}
	return m, nil
}
