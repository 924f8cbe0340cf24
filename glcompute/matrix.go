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

// Matrix is a matrix [Rows, Cols]. It lies row by row, in as many storage buffers as the device's limit demands; or, for kernels that
// take some columns of every row, in panels: the first Panel columns of all rows, then the next.
type Matrix struct {
	Rows, Cols int
	Format     Format
	Panel      int // Cols: no panels
	shards     []shard
}

// shard holds a run of a matrix's rows.
type shard struct {
	numbers     *Buffer
	scales      *Buffer // nil for F16
	first, rows int
}

// NewMatrix allocates a matrix of whole rows; its contents are undefined until written.
func (d *Device) NewMatrix(ctx context.Context, rows, cols int, f Format) (*Matrix, error) {
	m := &Matrix{Rows: rows, Cols: cols, Format: f, Panel: cols}
	return m, m.allocate(ctx, d)
}

// NewPanelMatrix allocates a matrix in panels of so many columns, where that many divide it and one storage buffer holds it all;
// otherwise it is one of NewMatrix.
func (d *Device) NewPanelMatrix(ctx context.Context, rows, cols int, f Format, panel int) (*Matrix, error) {
	m := &Matrix{Rows: rows, Cols: cols, Format: f, Panel: panel}
	if panel < 1 || cols%panel != 0 || panel%f.colMultiple() != 0 || int64(rows)*m.rowBytes() > d.limits.StorageBlock {
		m.Panel = cols
	}
	return m, m.allocate(ctx, d)
}

func (m *Matrix) allocate(ctx context.Context, d *Device) error {
	if m.Rows < 1 || m.Cols < 1 || m.Cols%m.Format.colMultiple() != 0 {
		return fmt.Errorf("a matrix of %d × %d: the graphics device needs rows of a multiple of %d numbers", m.Rows, m.Cols, m.Format.colMultiple())
	}
	perShard := int(d.limits.StorageBlock / m.rowBytes())
	if perShard < 1 {
		return fmt.Errorf("a matrix row of %d numbers does not fit a storage buffer of %d bytes", m.Cols, d.limits.StorageBlock)
	}
	if perShard >= 4 {
		perShard -= perShard % 4 // matmul writes fours of outputs
	}
	for first := 0; first < m.Rows; first += perShard {
		s := shard{first: first, rows: min(perShard, m.Rows-first)}
		var err error
		s.numbers, err = d.NewBuffer(ctx, int64(s.rows)*m.rowBytes())
		if err == nil && m.Format != F16 {
			s.scales, err = d.NewBuffer(ctx, (int64(s.rows)*m.rowScaleBytes()+3)/4*4) // shaders read whole words
		}
		m.shards = append(m.shards, s)
		if err != nil {
			m.Free()
			return err
		}
	}
	return nil
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
		if err := m.writeRows(ctx, s.numbers, from-int64(s.first), part(numbers, m.rowBytes()), m.rowBytes()); err != nil {
			return err
		}
		if s.scales == nil {
			continue
		}
		if err := m.writeRows(ctx, s.scales, from-int64(s.first), part(scales, m.rowScaleBytes()), m.rowScaleBytes()); err != nil {
			return err
		}
	}
	return nil
}

// writeRows copies whole rows of so many bytes to a buffer of them from row first on, panel by panel.
func (m *Matrix) writeRows(ctx context.Context, b *Buffer, first int64, rows []byte, row int64) error {
	panels := int64(m.Cols / m.Panel)
	if panels == 1 {
		return b.Write(ctx, first*row, rows)
	}
	width, n := row/panels, int64(len(rows))/row
	part := make([]byte, n*width)
	for p := range panels {
		for r := range n {
			copy(part[r*width:(r+1)*width], rows[r*row+p*width:])
		}
		if err := b.Write(ctx, (p*int64(m.Rows)+first)*width, part); err != nil {
			return err
		}
	}
	return nil
}

// consts are what shaders must know of the format and the layout.
func (m *Matrix) consts() map[string]int {
	consts := map[string]int{"FORMAT": int(m.Format), "PER_PIECE": m.Format.perPiece(), "PANEL8": 0}
	if m.Panel < m.Cols {
		consts["PANEL8"], consts["PANEL_ROWS"] = m.Panel/8, m.Rows
	}
	return consts
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
