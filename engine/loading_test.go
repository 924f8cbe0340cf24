package engine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/x448/float16"

	"zachin/engine/checkpoint"
	"zachin/engine/prepared"
	"zachin/engine/quant"
	"zachin/engine/synth"
	"zachin/glcompute"
)

// smallShape is a model whose matrices are some pages long, with rows that fit blocks.
func smallShape() synth.Shape {
	return synth.Shape{Layers: 3, Hidden: 128, Heads: 4, Positions: 64, Vocab: 600}
}

// writeModel writes a model's files.
func writeModel(t testing.TB, shape synth.Shape, write func(context.Context, string, synth.Shape, func(done, total int64)) error) Source {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := write(t.Context(), dir, shape, nil); err != nil {
		t.Fatal(err)
	}
	return Source{Name: "model", Dir: dir}
}

// loading records what a loading tells.
type loading struct {
	stages  []Stage
	notices []error
}

// options are those of a load that keeps what it converts in the folder.
func (l *loading) options(cache string, format quant.Format) Options {
	last := Progress{Stage: 255}
	return Options{
		Device: CPU, Quant: format, Cache: cache,
		Progress: func(p Progress) {
			if p.Stage != last.Stage {
				l.stages = append(l.stages, p.Stage)
			}
			last = p
		},
		Notice: func(err error) { l.notices = append(l.notices, err) },
	}
}

// logitsOf are a model's logits after each token of a text.
func logitsOf(t testing.TB, m *Model) (all [][]float32) {
	t.Helper()
	err := m.eachLogits(t.Context(), m.walk(20), 0, func(_ int, logits []float32) { all = append(all, slices.Clone(logits)) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func equalBits(a, b [][]float32) bool { return slices.EqualFunc(a, b, slices.Equal[[]float32]) }

// preparedFiles are the files in a cache folder but the lock.
func preparedFiles(t testing.TB, cache string) (paths []string) {
	t.Helper()
	entries, err := os.ReadDir(cache)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "lock" {
			paths = append(paths, filepath.Join(cache, e.Name()))
		}
	}
	return paths
}

// TestPreparedOnce: the first load converts, the next one finds what it made and gives the same logits, bit for bit, as a load
// that keeps nothing; the arrays are those of the mapping and no copies.
func TestPreparedOnce(t *testing.T) {
	src := writeModel(t, smallShape(), synth.WriteOriginal)
	cache := filepath.Join(t.TempDir(), "cache")
	for _, format := range []quant.Format{quant.Q8, quant.Q4} {
		var without, first, later loading
		want := logitsOf(t, loadModel(t, src, without.options("", format)))
		if got := logitsOf(t, loadModel(t, src, first.options(cache, format))); !equalBits(got, want) {
			t.Errorf("%v: other logits from a new file", format)
		}
		m := loadModel(t, src, later.options(cache, format))
		if !equalBits(logitsOf(t, m), want) {
			t.Errorf("%v: other logits from a file that was there", format)
		}
		if !slices.Equal(without.stages, []Stage{Uploading}) || !slices.Equal(first.stages, []Stage{Preparing, Checking, Uploading}) ||
			!slices.Equal(later.stages, []Stage{Checking, Uploading}) {
			t.Errorf("%v: stages %v without a folder, %v at first, %v later", format, without.stages, first.stages, later.stages)
		}
		if notices := slices.Concat(without.notices, first.notices, later.notices); len(notices) > 0 {
			t.Errorf("%v: %v", format, notices)
		}
		qkv := m.run.(*cpuRunner).layers[1].qkv.tiles[0].weights
		if section, _ := m.weights.prepared.Section(numbersOf(m.weights.Layers[1].QKV.Weight[0])); &section[0] != &qkv.numbers[0] {
			t.Errorf("%v: the runner's arrays are copies", format)
		}
	}
	if n := len(preparedFiles(t, cache)); n != 2 {
		t.Errorf("%d files", n)
	}
}

// TestNothingToPrepare: a float16 checkpoint is used where it lies, and what lies in no file needs none.
func TestNothingToPrepare(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	var l loading
	for _, write := range []func(context.Context, string, synth.Shape, func(done, total int64)) error{synth.WriteOriginal, synth.WriteSafetensors} {
		m := loadModel(t, writeModel(t, smallShape(), write), l.options(cache, quant.F16))
		word, ok := m.weights.Word.InPlace()
		if !ok || &m.run.(*cpuRunner).word.halves[0] != &word[0] {
			t.Error("the runner's word embedding is a copy")
		}
	}
	shape := smallShape()
	loadModel(t, Source{Name: "synthetic", Synthetic: &shape}, l.options(cache, quant.Q8))
	loadModel(t, Source{Name: "demo", FS: os.DirFS("../assets/demo")}, l.options(cache, quant.Q8))
	if files := preparedFiles(t, cache); len(files) > 0 || len(l.notices) > 0 || slices.Contains(l.stages, Preparing) {
		t.Errorf("files %v, notices %v, stages %v", files, l.notices, l.stages)
	}
}

// widen makes a float32 file of a float16 safetensors file.
func widen(t testing.TB, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := 8 + binary.LittleEndian.Uint64(data)
	var header map[string]map[string]any
	if err := json.Unmarshal(data[8:n], &header); err != nil {
		t.Fatal(err)
	}
	delete(header, "__metadata__")
	for _, tensor := range header {
		tensor["dtype"] = "F32"
		offsets := tensor["data_offsets"].([]any)
		for i := range offsets {
			offsets[i] = 2 * offsets[i].(float64)
		}
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	wide := append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
	for at := int(n); at < len(data); at += 2 {
		value := float16.Frombits(binary.LittleEndian.Uint16(data[at:])).Float32()
		wide = binary.LittleEndian.AppendUint32(wide, math.Float32bits(value))
	}
	// In place of the file and not into it: a model may have it mapped.
	if err := errors.Join(os.Remove(path), os.WriteFile(path, wide, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestPreparedHalves: other number formats are converted to float16 once, for both devices.
func TestPreparedHalves(t *testing.T) {
	src := writeModel(t, smallShape(), synth.WriteSafetensors)
	cache := filepath.Join(t.TempDir(), "cache")
	var l loading
	want := logitsOf(t, loadModel(t, src, l.options(cache, quant.F16)))
	widen(t, filepath.Join(src.Dir, "model.safetensors"))
	for _, stages := range [][]Stage{{Preparing, Checking, Uploading}, {Checking, Uploading}} {
		var l loading
		if got := logitsOf(t, loadModel(t, src, l.options(cache, quant.F16))); !equalBits(got, want) {
			t.Error("other logits of the same weights in float32")
		}
		if !slices.Equal(l.stages, stages) || len(l.notices) > 0 {
			t.Errorf("stages %v, want %v; notices %v", l.stages, stages, l.notices)
		}
	}
	opt := l.options(cache, quant.F16)
	opt.Device = GL
	for i, got := range logitsOf(t, loadModel(t, src, opt)) {
		if off := relativeError(got, want[i]); !(off <= SelfTestTolerance) {
			t.Fatalf("on gl, position %d: off by %g", i, off)
		}
	}
}

// TestStaleSource: a checkpoint that has changed is converted again, and what was made of the old one goes, whatever its
// format; so does what a checkpoint that is gone has left.
func TestStaleSource(t *testing.T) {
	src := writeModel(t, smallShape(), synth.WriteOriginal)
	gone := writeModel(t, smallShape(), synth.WriteOriginal)
	cache := filepath.Join(t.TempDir(), "cache")
	var l loading
	for _, format := range []quant.Format{quant.Q8, quant.Q4} {
		loadModel(t, src, l.options(cache, format))
	}
	loadModel(t, gone, l.options(cache, quant.Q8))
	if n := len(preparedFiles(t, cache)); n != 3 {
		t.Fatalf("%d files", n)
	}
	if err := os.RemoveAll(gone.Dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(src.Dir, embeddedCheckpoint)
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	var again loading
	loadModel(t, src, again.options(cache, quant.Q8))
	if !slices.Equal(again.stages, []Stage{Preparing, Checking, Uploading}) || len(again.notices) > 0 {
		t.Errorf("stages %v, notices %v", again.stages, again.notices)
	}
	if files := preparedFiles(t, cache); len(files) != 1 {
		t.Errorf("files %v", files)
	}
}

// TestDamagedCache: it is made again, and a person is told.
func TestDamagedCache(t *testing.T) {
	src := writeModel(t, smallShape(), synth.WriteOriginal)
	cache := filepath.Join(t.TempDir(), "cache")
	var l loading
	want := logitsOf(t, loadModel(t, src, l.options(cache, quant.Q8)))
	path := preparedFiles(t, cache)[0]
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-5000] ^= 1
	// As above, the model has it mapped.
	if err := errors.Join(os.Remove(path), os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
	var again loading
	if !equalBits(logitsOf(t, loadModel(t, src, again.options(cache, quant.Q8))), want) {
		t.Error("other logits")
	}
	var damaged *DamagedCacheError
	if len(again.notices) != 1 || !errors.As(again.notices[0], &damaged) || damaged.Path != path || !errors.Is(damaged, prepared.ErrDamaged) {
		t.Errorf("notices %v", again.notices)
	}
}

// TestNoCache: where nothing can be kept the model is loaded all the same, and a person is told.
func TestNoCache(t *testing.T) {
	src := writeModel(t, smallShape(), synth.WriteOriginal)
	inTheWay := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var without, l loading
	want := logitsOf(t, loadModel(t, src, without.options("", quant.Q8)))
	if !equalBits(logitsOf(t, loadModel(t, src, l.options(filepath.Join(inTheWay, "cache"), quant.Q8))), want) {
		t.Error("other logits")
	}
	var cache *CacheError
	if len(l.notices) != 1 || !errors.As(l.notices[0], &cache) || !strings.Contains(cache.Error(), inTheWay) {
		t.Errorf("notices %v", l.notices)
	}
}

// TestCancelledLoading: at each stage, on both devices; nothing half done stays, and the graphics device is closed.
func TestCancelledLoading(t *testing.T) {
	src := writeModel(t, smallShape(), synth.WriteSafetensors)
	widen(t, filepath.Join(src.Dir, "model.safetensors")) // so that GL has something to prepare
	for _, device := range devices {
		cache := filepath.Join(t.TempDir(), "cache")
		for _, at := range []Stage{Preparing, Checking, Uploading} {
			ctx, cancel := context.WithCancel(t.Context())
			var opened *glcompute.Device
			opt := Options{Device: device, Cache: cache, Progress: func(p Progress) {
				if p.Stage == at {
					cancel()
				}
			}}
			opt.openGL = func(ctx context.Context, c Choice) (d *glcompute.Device, err error) {
				opened, err = openGL(ctx, c)
				return opened, err
			}
			if _, err := Load(ctx, src, opt); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, stage %d: error %v", device, at, err)
			}
			cancel()
			want := 1 // the file is complete before it is compared
			if at == Preparing {
				want = 0
			}
			if files := preparedFiles(t, cache); len(files) != want {
				t.Errorf("%s, stage %d: left %v", device, at, files)
			}
			if device == GL {
				checkClosed(t, opened)
			}
		}
	}
}

// TestInPlace: what is said to lie in a file lies there.
func TestInPlace(t *testing.T) {
	src := writeModel(t, smallShape(), synth.WriteOriginal)
	file, err := checkpoint.Open(filepath.Join(src.Dir, embeddedCheckpoint))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, tensor := range file.Tensors() {
		halves, ok := tensor.InPlace()
		copied := make([]uint16, tensor.NumElements())
		if err := tensor.Halves(copied, 0); err != nil || !ok || !slices.Equal(halves, copied) {
			t.Errorf("%s: in place: %t, %v", tensor.Name, ok, err)
		}
	}
}
