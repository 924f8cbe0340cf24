package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"zachin/engine/checkpoint"
	"zachin/engine/quant"
	"zachin/engine/sample"
	"zachin/engine/synth"
	"zachin/engine/tokenizer"
	"zachin/glcompute"
)

// Source is where a model's files lie: a folder on disk, or an embedded file system. A model for measurements lies
// nowhere: its weights are a formula.
type Source struct {
	Name      string       // for people: a catalogue id or the folder
	Dir       string       // the folder, in which
	File      string       // one file is the checkpoint; empty for the one that checkpoint.Find finds. Or
	FS        fs.FS        // files that are part of the program, or
	Synthetic *synth.Shape // the shape of a model by formula
}

// Options say how to load.
type Options struct {
	Device Choice
	Quant  quant.Format // how the device holds the weights of linear layers and words; see docs/quantisation.md
	// Pattern says what to do about a conversion of ruGPT-3 XL that has lost its attention pattern; Config.Origin tells
	// what was done. See docs/formats.md.
	Pattern PatternChoice
	// ExactQuant refuses smaller formats where a graphics card's memory is too small for Quant.
	ExactQuant bool
	// Cache is the folder for weights that had to be converted, to be found there the next time; see docs/loading.md. Without
	// it they are converted at each start, and take up the process's memory.
	Cache string
	// Progress, if not nil, is told how far loading is, on any goroutine, one call at a time.
	Progress func(Progress)
	// Notice, if not nil, is told what a person should know although the model is loaded: *Fallback, *CacheError,
	// *DamagedCacheError.
	Notice func(error)

	// openGL opens the graphics device; tests have small ones. nil is the function of the same name.
	openGL func(ctx context.Context, c Choice) (*glcompute.Device, error)
}

// Stage is a part of loading.
type Stage uint8

// The stages; the first two are left out where nothing is to be converted, and the first one where that was done before.
const (
	Preparing Stage = iota // converting the checkpoint into what devices take, once
	Checking               // comparing what was converted with its check sums
	Uploading              // putting the weights on the device
)

// Progress is how many bytes of weights of how many a stage of loading has dealt with. Counted are weights as halves, or
// while Checking, the bytes of a file.
type Progress struct {
	Stage       Stage
	Done, Total int64
	Elapsed     time.Duration // since the stage began
}

// filled is the options with nothing left nil.
func (o Options) filled() Options {
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.Notice == nil {
		o.Notice = func(error) {}
	}
	if o.openGL == nil {
		o.openGL = openGL
	}
	return o
}

// stage is told the bytes done of a stage.
func (o Options) stage(s Stage, total int64) func(done int64) {
	began := time.Now()
	return func(done int64) { o.Progress(Progress{s, done, total, time.Since(began)}) }
}

// Model is a model ready to run. Its methods may be called from several goroutines; they take turns on the device.
type Model struct {
	name       string
	cfg        Config
	tokenizer  *tokenizer.Tokenizer
	file       *checkpoint.File
	run        runner
	weights    *weights
	vocabulary sample.Vocabulary
	turn       chan struct{} // holds one element while nobody uses the runner

	// What the KV caches hold; of the goroutine whose turn it is.
	held             []int32 // tokens of slot 0
	slots, positions int     // reserved
}

// maxSmallFile bounds the files that are read whole: vocabularies, merges and configurations are a few megabytes.
const maxSmallFile = 256 << 20

// ReadTokenizer reads the tokenizer of a source: the one that a GGUF file carries, or vocab.json and merges.txt.
func ReadTokenizer(src Source) (*tokenizer.Tokenizer, error) {
	path, err := src.path()
	switch {
	case errors.Is(err, checkpoint.ErrNoCheckpoint), err == nil && src.File == "" && filepath.Ext(path) != ".gguf":
		return src.readTokenizer(nil, tokenizer.MaxTokens) // no weights are needed to read text
	case err != nil:
		return nil, err
	}
	file, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	t, err := src.readTokenizer(file.Metadata(), tokenizer.MaxTokens)
	return t, errors.Join(err, file.Close())
}

// readTokenizer reads the tokenizer of a GGUF file from its metadata, which are nil for every other format. Tokens that were
// added beyond the embedding's rows are left out: the model cannot read them.
func (src Source) readTokenizer(m *checkpoint.Metadata, rows int) (t *tokenizer.Tokenizer, err error) {
	if m != nil {
		t, err = newGGUFTokenizer(m)
	} else {
		t, err = src.tokenizerFiles(rows)
	}
	var format *tokenizer.FormatError // does not name the folder
	if errors.As(err, &format) {
		err = fmt.Errorf("%s: %w", src.Name, err)
	}
	return t, err
}

// tokenizerFiles reads the tokenizer's files beside the weights, of which only two must be there.
func (src Source) tokenizerFiles(rows int) (*tokenizer.Tokenizer, error) {
	vocab, err := src.read("vocab.json")
	if err != nil {
		return nil, err
	}
	merges, err := src.read("merges.txt")
	if err != nil {
		return nil, err
	}
	more, err := src.readOptional(tokenizer.AddedFile)
	if err != nil {
		return nil, err
	}
	config, err := src.readOptional(tokenizer.ConfigFile)
	if err != nil {
		return nil, err
	}
	added, err := tokenizer.ReadAdded(more, config)
	if err != nil {
		return nil, err
	}
	added = slices.DeleteFunc(added, func(s tokenizer.SpecialToken) bool { return int(s.ID) >= rows })
	return tokenizer.New(vocab, merges, added...)
}

// Load opens a model's files and puts its weights on a device. Cancelled through ctx at any time.
func Load(ctx context.Context, src Source, opt Options) (*Model, error) {
	file, err := src.checkpoint()
	if err != nil {
		return nil, err
	}
	m, err := assemble(ctx, src, file, opt)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return m, nil
}

func assemble(ctx context.Context, src Source, file *checkpoint.File, opt Options) (*Model, error) {
	tensors, cfg, err := src.network(file)
	if err != nil {
		return nil, err
	}
	cfg.restore(opt.Pattern)
	t, err := src.readTokenizer(file.Metadata(), cfg.Vocab)
	if err != nil {
		return nil, err
	}
	if t.Size() > cfg.Vocab {
		return nil, &ConfigError{filepath.Join(src.Name, "vocab.json"), fmt.Errorf("it has ids up to %d, but the embedding only %d rows", t.Size()-1, cfg.Vocab)}
	}
	on, err := opener{cfg, file, tensors, opt.filled()}.open(ctx)
	if err != nil {
		return nil, err
	}
	m := &Model{
		name: src.Name, cfg: cfg, tokenizer: t, file: file, run: on.run, weights: on.weights, turn: make(chan struct{}, 1),
		vocabulary: sample.Vocabulary{Rows: cfg.Vocab},
	}
	for id := range int32(cfg.Vocab) {
		if !t.HasToken(id) {
			m.vocabulary.Tokenless = append(m.vocabulary.Tokenless, id)
		}
	}
	m.turn <- struct{}{}
	return m, nil
}

// network reads the tensors' roles and the configuration beside them, or, in a GGUF file, among them.
func (src Source) network(file *checkpoint.File) (*checkpoint.Model, Config, error) {
	tensors, err := checkpoint.Resolve(file)
	if err != nil {
		return nil, Config{}, err
	}
	if m := file.Metadata(); m != nil {
		cfg, err := newGGUFConfig(ShapeOf(tensors), m)
		var damaged *checkpoint.Error // names the file itself
		if err != nil && !errors.As(err, &damaged) {
			err = &ConfigError{file.Name(), err}
		}
		return tensors, cfg, err
	}
	config, err := src.readOptional("config.json")
	if err != nil {
		return nil, Config{}, err
	}
	deepspeed, err := src.readOptional("deepspeed_config.json")
	if err != nil {
		return nil, Config{}, err
	}
	cfg, err := NewConfig(ShapeOf(tensors), config, deepspeed)
	var wrong *ConfigError
	if errors.As(err, &wrong) {
		wrong.File = filepath.Join(src.Name, wrong.File)
	}
	if err != nil {
		return nil, Config{}, err
	}
	return tensors, cfg, nil
}

// Close waits for the work under way and frees the device and the files. The model must not be used afterwards.
func (m *Model) Close() error {
	<-m.turn
	return errors.Join(m.run.close(), m.weights.close(), m.file.Close())
}

// Name is the source's name.
func (m *Model) Name() string { return m.name }

// Config is the model's shape.
func (m *Model) Config() Config { return m.cfg }

// Tokenizer is the model's own.
func (m *Model) Tokenizer() *tokenizer.Tokenizer { return m.tokenizer }

// Quant is how the device holds the weights: as wished for, or smaller where there was no room for that.
func (m *Model) Quant() quant.Format { return m.weights.format }

// Device tells what the model runs on.
func (m *Model) Device() DeviceInfo { return m.run.describe() }

func (src Source) read(name string) ([]byte, error) {
	if src.Synthetic != nil {
		return src.Synthetic.File(name)
	}
	open := func() (fs.File, error) { return os.Open(filepath.Join(src.Dir, name)) }
	if src.FS != nil {
		open = func() (fs.File, error) { return src.FS.Open(name) }
	}
	f, err := open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSmallFile {
		return nil, fmt.Errorf("%s is no file of a model: %d bytes, mode %s", filepath.Join(src.Dir, name), info.Size(), info.Mode())
	}
	// The file may grow after Stat; the limit holds all the same.
	return io.ReadAll(io.LimitReader(f, maxSmallFile))
}

func (src Source) readOptional(name string) ([]byte, error) {
	data, err := src.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// embeddedCheckpoint is the checkpoint's name in an embedded model.
const embeddedCheckpoint = "mp_rank_00_model_states.pt"

func (src Source) checkpoint() (*checkpoint.File, error) {
	if src.Synthetic != nil {
		return src.generated()
	}
	if src.FS != nil {
		data, err := fs.ReadFile(src.FS, embeddedCheckpoint)
		if err != nil {
			return nil, err
		}
		return checkpoint.OpenBytes(embeddedCheckpoint, data)
	}
	path, err := src.path()
	if err != nil {
		return nil, err
	}
	return checkpoint.Open(path)
}

// path is where the checkpoint lies on disk.
func (src Source) path() (string, error) {
	switch {
	case src.FS != nil || src.Synthetic != nil:
		return "", checkpoint.ErrNoCheckpoint
	case src.File != "":
		return filepath.Join(src.Dir, src.File), nil
	}
	return checkpoint.Find(src.Dir)
}

// generated is a checkpoint whose tensors are made as they are read, so that it takes no room on disk, nor in memory where
// they go to a graphics device.
func (src Source) generated() (*checkpoint.File, error) {
	weights, err := src.Synthetic.Weights()
	if err != nil {
		return nil, err
	}
	tensors := make([]checkpoint.Tensor, 0, len(weights))
	for _, w := range weights {
		tensors = append(tensors, checkpoint.NewGenerated(w.Name, w.Shape, w.Fill))
	}
	return checkpoint.FromTensors(src.Name, tensors), nil
}
