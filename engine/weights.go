package engine

import (
	"context"
	"sync/atomic"
	"unsafe"

	"zachin/engine/checkpoint"
	"zachin/engine/prepared"
	"zachin/engine/quant"
)

// weights is where a device gets a model's numbers from: the checkpoint's tensors, and beside them a file of those that no
// device can use as they lie there.
type weights struct {
	*checkpoint.Model
	format   quant.Format // of the words and the linear layers, as far as it suits them
	file     *checkpoint.File
	prepared *prepared.File // nil: nothing is
}

// each visits the model's matrices with the format wished for each.
func (w *weights) each(visit func(t checkpoint.Tensor, wish quant.Format)) {
	visit(w.Word, embeddingFormat(w.format))
	visit(w.Position, quant.F16)
	for _, l := range w.Layers {
		for _, linear := range []checkpoint.Linear{l.QKV, l.Dense, l.Up, l.Down} {
			for _, t := range linear.Weight {
				visit(t, w.format)
			}
		}
	}
}

// matrixOf is a matrix of t's shape in the format as far as its rows allow, without its numbers.
func matrixOf(t checkpoint.Tensor, wish quant.Format) cpuMatrix {
	in := t.Shape[len(t.Shape)-1]
	return cpuMatrix{format: wish.For(in), in: in}
}

// ready returns the tensor's matrix where it lies on the disk as a device takes it.
func (w *weights) ready(t checkpoint.Tensor, wish quant.Format) (m cpuMatrix, ok bool) {
	m = matrixOf(t, wish)
	if m.format == quant.F16 {
		if m.halves, ok = t.InPlace(); ok {
			return m, true
		}
	}
	if w.prepared == nil {
		return m, false
	}
	numbers, ok := w.prepared.Section(numbersOf(t))
	scales, _ := w.prepared.Section(scalesOf(t))
	if m.format == quant.F16 {
		m.halves = asHalves(numbers)
	} else {
		m.numbers, m.scales = numbers, asHalves(scales)
	}
	return m, ok
}

// release gives the pages of mapped files back to the system: what was in them is on the device by now, or in another file.
// Where they are wanted after all they come again from the disk.
func (w *weights) release() {
	for _, mapping := range append(w.file.Mappings(), w.prepared.Mapping()) {
		releasePages(mapping)
	}
}

// close ends the use of the prepared file; the checkpoint is its opener's to close.
func (w *weights) close() error { return w.prepared.Close() }

func asBytes(halves []uint16) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(halves))), 2*len(halves))
}

// asHalves is the opposite of asBytes, for bytes at an even address.
func asHalves(data []byte) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/2)
}

// pieceWeights is about how many weights are converted, read or uploaded at once: few enough for little memory, smooth
// progress and a quick cancel.
const pieceWeights = 4 << 20

// converter fills matrices from tensors on all cores, a piece at a time. The goroutine that owns it calls its methods.
type converter struct {
	pool  *cpuPool
	spare [][]uint16 // one a worker: halves on their way into another format
	piece cpuMatrix  // see staged
}

func newConverter(pool *cpuPool) *converter {
	return &converter{pool: pool, spare: make([][]uint16, pool.workers())}
}

// pieces calls visit for the rows of a matrix with so many rows of in weights, in order, some rows at a time.
func pieces(ctx context.Context, rows, in int, visit func(row, n int) error) error {
	step := max(1, pieceWeights/in)
	for row := 0; row < rows; row += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := visit(row, min(step, rows-row)); err != nil {
			return err
		}
	}
	return nil
}

// staged is room for a piece of n rows of m's format and width; the next call takes it back.
func (c *converter) staged(m cpuMatrix, n int) cpuMatrix {
	m.halves, m.numbers, m.scales = nil, nil, nil
	if m.format == quant.F16 {
		m.halves = grown(&c.piece.halves, n*m.in)
		return m
	}
	bytes, scales := m.format.Sizes(n * m.in)
	m.numbers, m.scales = grown(&c.piece.numbers, bytes), grown(&c.piece.scales, scales)
	return m
}

// grown is the first n elements of a slice that is kept for the next time.
func grown[T any](kept *[]T, n int) []T {
	if cap(*kept) < n {
		*kept = make([]T, n)
	}
	return (*kept)[:n]
}

// fill makes m of the tensor's rows from row first on.
func (c *converter) fill(m cpuMatrix, t checkpoint.Tensor, first int) error {
	rows := m.rows()
	source, inPlace := t.InPlace()
	var failed atomic.Pointer[error]
	c.pool.run((rows+cpuTileFeatures-1)/cpuTileFeatures, func(worker, item int) {
		row := item * cpuTileFeatures
		part := m.part(row, min(cpuTileFeatures, rows-row))
		at, n := (first+row)*m.in, part.rows()*m.in
		var halves []uint16
		switch {
		case m.format == quant.F16:
			halves = part.halves
		case m.format == quant.Q8 && t.Q8Blocks(part.numbers, part.scales, at):
			return
		case inPlace:
			m.format.Quantise(part.numbers, part.scales, source[at:][:n])
			return
		default:
			halves = grown(&c.spare[worker], n)
		}
		if err := t.Halves(halves, at); err != nil {
			failed.CompareAndSwap(nil, &err)
			return
		}
		if m.format != quant.F16 {
			m.format.Quantise(part.numbers, part.scales, halves)
		}
	})
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
