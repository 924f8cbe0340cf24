package glcompute

import (
	"context"
	"fmt"
)

// Format is how a matrix holds its numbers.
type Format int

// The formats; their numbers are those of shaders/include/weights.glsl. The blocks of Q8 and Q4 are 32 numbers of a row,
// and those and their scales lie in two arrays without gaps.
const (
	F16 Format = iota // halves
	Q8                // number · scale; numbers are signed bytes, and a block has one scale, a half
	Q4                // number · scale + minimum; byte i of a block has number i in its low four bits and 16 + i in its high four; two halves a block
)

// bits is the room of a number, without its block's scales.
func (f Format) bits() int { return 16 >> f }

// perPiece is how many fours of numbers stand in 16 bytes, which is what kernels read at once.
func (f Format) perPiece() int { return 2 << f }

// scaleBytes is the room of a block's scales.
func (f Format) scaleBytes() int { return 2 * int(f) }

// block is how many numbers share scales.
const block = 32

// colMultiple is what the number of columns must be a multiple of: kernels read 16 bytes at once, and whole blocks.
func (f Format) colMultiple() int {
	if f == F16 {
		return 8
	}
	return block
}

// Matrix is a row-major matrix, [Rows, Cols], in as many storage buffers as the device's limit demands.
type Matrix struct {
	Rows, Cols int
	Format     Format
	shards     []shard
}

// shard holds a run of a matrix's rows.
type shard struct {
	numbers     *Buffer
	scales      *Buffer // nil for F16
	first, rows int
}

// NewMatrix allocates a matrix; its contents are undefined until written.
func (d *Device) NewMatrix(ctx context.Context, rows, cols int, f Format) (*Matrix, error) {
	if rows < 1 || cols < 1 || cols%f.colMultiple() != 0 {
		return nil, fmt.Errorf("a matrix of %d × %d: the graphics device needs rows of a multiple of %d numbers", rows, cols, f.colMultiple())
	}
	m := &Matrix{Rows: rows, Cols: cols, Format: f}
	perShard := int(d.limits.StorageBlock / m.rowBytes())
	if perShard < 1 {
		return nil, fmt.Errorf("a matrix row of %d numbers does not fit a storage buffer of %d bytes", cols, d.limits.StorageBlock)
	}
	for first := 0; first < rows; first += perShard {
		s := shard{first: first, rows: min(perShard, rows-first)}
		var err error
		s.numbers, err = d.NewBuffer(ctx, int64(s.rows)*m.rowBytes())
		if err == nil && f != F16 {
			s.scales, err = d.NewBuffer(ctx, (int64(s.rows)*m.rowScaleBytes()+3)/4*4) // shaders read whole words
		}
		m.shards = append(m.shards, s)
		if err != nil {
			m.Free()
			return nil, err
		}
	}
	return m, nil
}

// rowBytes and rowScaleBytes are the room of a row's numbers and of their scales.
func (m *Matrix) rowBytes() int64      { return int64(m.Cols * m.Format.bits() / 8) }
func (m *Matrix) rowScaleBytes() int64 { return int64(m.Cols / block * m.Format.scaleBytes()) }

// Write copies whole rows to the matrix from row first on: numbers as Format says, and unless that is F16 their scales.
func (m *Matrix) Write(ctx context.Context, first int, numbers, scales []byte) error {
	n := len(numbers) / int(m.rowBytes())
	if first < 0 || n > m.Rows-first || int64(len(numbers)) != int64(n)*m.rowBytes() || int64(len(scales)) != int64(n)*m.rowScaleBytes() {
		return fmt.Errorf("%d bytes of numbers and %d of scales from row %d are no rows of a matrix of %d × %d",
			len(numbers), len(scales), first, m.Rows, m.Cols)
	}
	for _, s := range m.shards {
		from, to := int64(max(first, s.first)), int64(min(first+n, s.first+s.rows))
		if from >= to {
			continue
		}
		part := func(all []byte, row int64) []byte { return all[(from-int64(first))*row : (to-int64(first))*row] }
		if err := s.numbers.Write(ctx, (from-int64(s.first))*m.rowBytes(), part(numbers, m.rowBytes())); err != nil {
			return err
		}
		if s.scales == nil {
			continue
		}
		if err := s.scales.Write(ctx, (from-int64(s.first))*m.rowScaleBytes(), part(scales, m.rowScaleBytes())); err != nil {
			return err
		}
	}
	return nil
}

// Size is the matrix's length in bytes.
func (m *Matrix) Size() (bytes int64) {
	for _, s := range m.shards {
		bytes += s.numbers.size
		if s.scales != nil {
			bytes += s.scales.size
		}
	}
	return bytes
}

// Free gives the memory back.
func (m *Matrix) Free() {
	if m == nil {
		return
	}
	for _, s := range m.shards {
		s.numbers.Free()
		s.scales.Free()
	}
	m.shards = nil
}
