// Package workbench is a data set's project while a person works on it: open, changed step by step, kept on the disk. The
// window's page of data stands on it; what the project means is package dataset's.
//
//	person → Bench.Change (checked) → project file
//	             └→ Look (the first rows, at once) → Read (all rows: what is wrong with them, what the trainer will see) → ui
//
// A Bench is used from one goroutine; what reads rows works on a copy of the project, on any goroutine, until its context ends.
package workbench

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"zachin/app/dataset"
	"zachin/app/safefile"
	"zachin/engine"
	"zachin/engine/tokenizer"
)

// Store finds the files of a model.
type Store interface {
	Source(id string) (engine.Source, error)
}

// Bench holds the project that is open.
type Bench struct {
	store Store
	dir   string // of projects that were not saved anywhere else
	saved func(error)

	path    string
	project *dataset.Project   // nil before the first one
	fresh   bool               // it was just created
	past    []*dataset.Project // what it was before each of the latest changes

	mu       sync.Mutex
	pending  []unsaved // in the order of the changes
	saving   bool      // a goroutine writes them
	finished sync.WaitGroup

	reading sync.Mutex // of tokens
	tokens  *tokenizer.Tokenizer
	model   string // whose they are
}

// unsaved is a project that its file does not hold yet.
type unsaved struct {
	path string
	data []byte
}

// New is a bench with nothing on it. New projects lie in dir. saved, which is called on other goroutines, is told how each
// attempt to save went.
func New(store Store, dir string, saved func(error)) *Bench {
	return &Bench{store: store, dir: dir, saved: saved}
}

// Project is a copy of the project that is open; nil if none is.
func (b *Bench) Project() *dataset.Project {
	if b.project == nil {
		return nil
	}
	return b.project.Clone()
}

// Path is the project's file; "" where no project is open.
func (b *Bench) Path() string { return b.path }

// Name is the project as a person calls it: its file without the ending.
func (b *Bench) Name() string {
	return strings.TrimSuffix(filepath.Base(b.path), filepath.Ext(b.path))
}

// IsProject tells a project file, a damaged one too, from a file of rows, by its fields.
func IsProject(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, maxHead))
	has := func(field string) bool { return bytes.Contains(head, []byte(`"`+field+`"`)) }
	return err == nil && filepath.Ext(path) == Ending && has("version") && has("sources") && has("shape")
}

// maxHead is how much of a file is looked at, in bytes.
const maxHead = 64 << 10

// Open puts a project file on the bench.
func (b *Bench) Open(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	p, err := dataset.OpenProject(path)
	if err != nil {
		return err
	}
	b.put(path, p, false)
	return nil
}

// Clear takes the project off the bench. Its file stays.
func (b *Bench) Clear() { b.put("", nil, false) }

// put puts another project on the bench, or none.
func (b *Bench) put(path string, p *dataset.Project, fresh bool) {
	b.path, b.project, b.fresh, b.past = path, p, fresh, nil
}

// Create begins a project over files, folders or archives. It is named after the first of them.
func (b *Bench) Create(model string, paths []string) error {
	b.Close() // or the name of a project that is not on the disk yet would seem free
	base := filepath.Base(paths[0])
	p := dataset.NewProject(b.dir, model, sources(paths))
	path, err := freeName(b.dir, strings.TrimSuffix(base, filepath.Ext(base)))
	if err == nil {
		err = p.Check()
	}
	if err != nil {
		return err
	}
	b.put(path, p, true)
	b.save()
	return nil
}

// sources are paths as a project has them.
func sources(paths []string) []dataset.Source {
	var list []dataset.Source
	for _, path := range paths {
		list = append(list, dataset.Source{Path: path, Format: "auto", Encoding: "auto"})
	}
	return list
}

// freeName is a project file of such a name that is not there yet.
func freeName(dir, name string) (string, error) {
	for i := 1; ; i++ {
		path := filepath.Join(dir, name+Ending)
		if i > 1 {
			path = filepath.Join(dir, name+" "+strconv.Itoa(i)+Ending)
		}
		_, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
		if err != nil {
			return "", err
		}
	}
}

// Ending is that of project files.
const Ending = ".json"

// Change changes the project and saves it soon; Undo takes that back. A change after which the project could not be built is refused: the
// error, a *dataset.ProjectError, names the field, and everything is as it was.
func (b *Bench) Change(what func(p *dataset.Project)) error {
	before := b.project
	err := b.Amend(what)
	if err == nil {
		b.past = append(b.past, before)
		b.past = b.past[max(0, len(b.past)-mostPast):]
	}
	return err
}

// mostPast is how many changes can be taken back.
const mostPast = 200

// Amend goes on with the latest change: Undo takes both back together.
func (b *Bench) Amend(what func(p *dataset.Project)) error {
	p := b.project.Clone()
	what(p)
	if err := p.Check(); err != nil {
		return err
	}
	b.project, b.fresh = p, false
	b.save()
	return nil
}

// CanUndo tells whether there is a change to take back.
func (b *Bench) CanUndo() bool { return len(b.past) > 0 }

// Undo takes the latest change back.
func (b *Bench) Undo() {
	last := len(b.past) - 1
	b.project, b.past = b.past[last], b.past[:last]
	b.save()
}

// Add puts more files, folders or archives behind the sources; the columns of the last one hold for them too.
func (b *Bench) Add(paths []string) error {
	return b.Change(func(p *dataset.Project) {
		columns := p.Sources[len(p.Sources)-1].Columns
		for _, s := range sources(paths) {
			s.Columns = maps.Clone(columns)
			p.Sources = append(p.Sources, s)
		}
	})
}

// SaveAs has the project lie in another file from now on.
func (b *Bench) SaveAs(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	p := b.project.Clone()
	p.Move(filepath.Dir(path))
	data, err := p.Marshal()
	if err != nil {
		return err
	}
	if err := safefile.Write(path, data); err != nil {
		return err
	}
	b.put(path, p, b.fresh) // the paths of older changes are relative to the other folder
	return nil
}

// save has the file follow the project, on a goroutine of its own: of changes that come fast only the last is written.
func (b *Bench) save() {
	data, err := b.project.Marshal()
	if err != nil {
		b.saved(err)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if last := len(b.pending) - 1; last >= 0 && b.pending[last].path == b.path {
		b.pending[last].data = data
	} else {
		b.pending = append(b.pending, unsaved{b.path, data})
	}
	if !b.saving {
		b.saving = true
		b.finished.Go(b.write)
	}
}

// write writes until there is nothing more to write.
func (b *Bench) write() {
	for {
		b.mu.Lock()
		if len(b.pending) == 0 {
			b.saving = false
			b.mu.Unlock()
			return
		}
		next := b.pending[0]
		b.pending = b.pending[1:]
		b.mu.Unlock()
		b.saved(safefile.Write(next.path, next.data))
	}
}

// Close waits until everything is on the disk.
func (b *Bench) Close() { b.finished.Wait() }

// Tokenizer reads the tokenizer of a project's model; that of the model read last is kept. Any goroutine may call it.
func (b *Bench) Tokenizer(p *dataset.Project) (*tokenizer.Tokenizer, error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	model := p.ModelPath()
	if b.tokens != nil && b.model == model {
		return b.tokens, nil
	}
	src, err := b.store.Source(model)
	if err != nil {
		return nil, err
	}
	t, err := engine.ReadTokenizer(src)
	if err != nil {
		return nil, err
	}
	b.tokens, b.model = t, model
	return t, nil
}
