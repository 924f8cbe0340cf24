// Package export writes a data set's files: for the original trainer, for Transformers, and tables for people.
//
//	project → rows → mends → long rows → split → a new folder beside the old one → exchanged in one step
//
// The same project over the same sources gives the same bytes. A process that is killed leaves the old files or the new ones.
package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
	"zachin/engine/tokenizer"
)

// Manifest tells what an export holds and how it came about.
type Manifest struct {
	App       string              `json:"app"` // that wrote it
	Version   int                 `json:"version"`
	Model     string              `json:"model"`
	Tokenizer string              `json:"tokenizer_sha256"` // of the vocabulary in the order of its ids
	Template  dataset.Template    `json:"template"`
	Mends     []string            `json:"mends,omitempty"`
	Files     []File              `json:"files"` // all but the manifest itself
	RowsIn    int                 `json:"rows_in"`
	RowsOut   int                 `json:"rows_out"` // more than went in where long rows were split
	Train     int                 `json:"rows_train"`
	Valid     int                 `json:"rows_valid"`
	Rejected  []dataset.Rejection `json:"rejected"`
}

// TooManyError is a source of which hardly anything could be used: its recipe is wrong.
type TooManyError struct{ Last dataset.Rejection }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("more than %d rows were rejected, the last for this: %s", maxRejected, e.Last.Error())
}

const (
	maxRejected  = 100_000
	defaultShard = 1 << 30 // bytes
)

// build is one run.
type build struct {
	p       *dataset.Project
	t       *tokenizer.Tokenizer
	staging string
	m       Manifest
	sets    [2]*set                                  // training and validation
	show    [2]func(block []int32) error             // of the blocks of each; may be nil
	seen    func(x dataset.Example, validation bool) // is told each row; may be nil
}

// Build writes the files of a project into a folder, which must be new, empty, or of an earlier export (*PlaceError). progress,
// which may be nil, is told bytes of the sources; they are read twice.
func Build(ctx context.Context, p *dataset.Project, t *tokenizer.Tokenizer, dir string, progress func(done, total int64)) (m Manifest, err error) {
	at, err := take(dir)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { err = errors.Join(err, at.release()) }()
	b := newBuild(p, t, at.staging)
	err = b.run(ctx, progress)
	if err == nil {
		err = b.finish()
	}
	if err != nil {
		return Manifest{}, err
	}
	return b.m, at.commit()
}

// newBuild is a run that writes into staging; where that is "" it only measures.
func newBuild(p *dataset.Project, t *tokenizer.Tokenizer, staging string) *build {
	return &build{p: p, t: t, staging: staging, m: Manifest{
		App: "zachin", Version: 1, Model: p.Model, Tokenizer: fingerprint(t), Template: p.Template, Mends: p.Mends,
		Files: []File{}, Rejected: []dataset.Rejection{},
	}}
}

func fingerprint(t *tokenizer.Tokenizer) string {
	sum := sha256.New()
	for id := range int32(t.Size()) {
		token, _ := t.Token(id)
		fmt.Fprintf(sum, "%d %s\n", len(token), token)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// run writes the rows.
func (b *build) run(ctx context.Context, progress func(done, total int64)) error {
	half := func(second int64) func(done, total int64) {
		if progress == nil {
			return nil
		}
		return func(done, total int64) { progress(second*total+done, 2*total) }
	}
	splitter, kin := dataset.NewSplitter(b.p.Split), doctor.NewKin()
	err := b.rows(ctx, half(0), nil, func(x dataset.Example) error {
		if b.p.Split.CopiesTogether {
			splitter.Add(x, kin.Add(x)...)
		} else {
			splitter.Add(x)
		}
		return nil
	})
	if err != nil {
		return err
	}
	validation := splitter.Choose()
	for i, name := range []string{"train", "valid"} {
		if b.sets[i], err = newSet(b.staging, name, b.p, b.t, b.show[i]); err != nil {
			return err
		}
		defer b.sets[i].abandon()
	}
	at := 0
	err = b.rows(ctx, half(1), &b.m, func(x dataset.Example) error {
		if at >= len(validation) {
			return errChanged
		}
		which := 0
		if validation[at] {
			which = 1
		}
		if b.seen != nil {
			b.seen(x, validation[at])
		}
		at++
		return b.sets[which].add(x)
	})
	if err != nil {
		return err
	}
	if at != len(validation) {
		return errChanged
	}
	return b.count()
}

var errChanged = errors.New("the sources changed while they were read: build again")

// rows passes on every row as it is to be written. With a manifest it notes what was left out.
func (b *build) rows(ctx context.Context, progress func(done, total int64), m *Manifest, take func(x dataset.Example) error) error {
	treatment, err := doctor.NewTreatment(b.p, b.t)
	if err != nil {
		return err
	}
	for x, err := range b.p.Rows(ctx, progress) {
		var rejected *dataset.Rejection
		if err != nil && !errors.As(err, &rejected) {
			return err
		}
		var rows []dataset.Example
		if rejected == nil {
			var reason string
			if rows, reason = treatment.Treat(x); reason != "" {
				rejected = &dataset.Rejection{Source: x.Source, Line: x.Line, Reason: reason}
			}
		}
		if m != nil {
			m.RowsIn++
			if rejected != nil {
				m.Rejected = append(m.Rejected, *rejected)
			}
			if len(m.Rejected) > maxRejected {
				return &TooManyError{*rejected}
			}
		}
		for _, row := range rows {
			if err := take(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// count ends the files of rows.
func (b *build) count() error {
	for _, s := range b.sets {
		files, err := s.finish()
		if err != nil {
			return err
		}
		b.m.Files = append(b.m.Files, files...)
	}
	b.m.Train, b.m.Valid = b.sets[0].rows, b.sets[1].rows
	b.m.RowsOut = b.m.Train + b.m.Valid
	return nil
}

// finish writes the files around those of rows.
func (b *build) finish() error {
	if err := b.scripts(); err != nil {
		return err
	}
	data, err := json.MarshalIndent(b.m, "", "  ")
	if err != nil {
		return err
	}
	_, err = writeFile(b.staging, manifestName, append(data, '\n'), 0o644)
	return err
}
