package glcompute

import (
	"context"
	"fmt"
)

// Matrix is a row-major matrix of fp16 numbers, [Rows, Cols], in as many storage buffers as the device's limit demands.
type Matrix struct {
	Rows, Cols int
	shards     []shard
}

// shard holds a run of a matrix's rows.
type shard struct {
	buffer      *Buffer
	first, rows int
}

// colMultiple is what the number of columns must be a multiple of: kernels read eight halves, 16 bytes, at once.
const colMultiple = 8

// NewMatrix allocates a matrix; its contents are undefined until written.
func (d *Device) NewMatrix(ctx context.Context, rows, cols int) (*Matrix, error) {
	if rows < 1 || cols < 1 || cols%colMultiple != 0 {
		return nil, fmt.Errorf("a matrix of %d × %d: the graphics device needs rows of a multiple of %d numbers", rows, cols, colMultiple)
	}
	perShard := int(d.limits.StorageBlock / int64(2*cols))
	if perShard < 1 {
		return nil, fmt.Errorf("a matrix row of %d numbers does not fit a storage buffer of %d bytes", cols, d.limits.StorageBlock)
	}
	m := &Matrix{Rows: rows, Cols: cols}
	for first := 0; first < rows; first += perShard {
		n := min(perShard, rows-first)
		buffer, err := d.NewBuffer(ctx, int64(n)*int64(2*cols))
		if err != nil {
			m.Free()
			return nil, err
		}
		m.shards = append(m.shards, shard{buffer, first, n})
	}
	return m, nil
}

// Write copies whole rows, fp16 bits, to the matrix from row first on.
func (m *Matrix) Write(ctx context.Context, first int, halves []uint16) error {
	n := len(halves) / m.Cols
	if first < 0 || len(halves)%m.Cols != 0 || n > m.Rows-first {
		return fmt.Errorf("%d numbers from row %d do not fit a matrix of %d × %d", len(halves), first, m.Rows, m.Cols)
	}
	for _, s := range m.shards {
		from, to := max(first, s.first), min(first+n, s.first+s.rows)
		if from >= to {
			continue
		}
		part := halves[(from-first)*m.Cols : (to-first)*m.Cols]
		if err := s.buffer.Write(ctx, int64(from-s.first)*int64(2*m.Cols), Bytes(part)); err != nil {
			return err
		}
	}
	return nil
}

// Size is the matrix's length in bytes.
func (m *Matrix) Size() (bytes int64) {
	for _, s := range m.shards {
		bytes += s.buffer.size
	}
	return bytes
}

// Free gives the memory back.
func (m *Matrix) Free() {
	if m == nil {
		return
	}
	for _, s := range m.shards {
		s.buffer.Free()
	}
	m.shards = nil
}
