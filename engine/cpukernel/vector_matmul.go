//go:build amd64 || arm64

package cpukernel

// strip is how many rows of activations lie side by side in a Batch where so many are left: two registers' worth, or one.
func (v vector) strip(rows int) int {
	if rows > v.lanes {
		return 2 * v.lanes
	}
	return v.lanes
}

func (v vector) Pack(b *Batch, x []float32, rows int) {
	in := len(x) / rows
	b.rows, b.in = rows, in
	if room := upTo(rows, 2*v.lanes) * in; cap(b.strips) < room {
		b.strips = make([]float32, room)
	}
	for r := 0; r < rows; {
		width := v.strip(rows - r)
		v.packStrip(b.strips[r*in:][:width*in], width, x[r*in:], min(width, rows-r), in)
		r += width
	}
}

// packStrip transposes rows of x, [rows, in], to dst, [in, width], with zeros where width exceeds rows.
func (v vector) packStrip(dst []float32, width int, x []float32, rows, in int) {
	if rows < width {
		clear(dst)
	}
	const columns = 64 // at a time: so much of dst stays in the first-level cache until it is complete
	wholeRows, whole := rows&^3, in&^3
	for k := 0; k < whole; k += columns {
		for r := 0; r < wholeRows; r += 4 {
			v.transpose(&dst[k*width+r], 4*width, &x[r*in+k], 4*in, min(columns, whole-k))
		}
	}
	for k := range in {
		r := wholeRows
		if k >= whole {
			r = 0
		}
		for ; r < rows; r++ {
			dst[k*width+r] = x[r*in+k]
		}
	}
}

func (v vector) MatMul(sums, panel []float32, features, depth int, b *Batch, at int) {
	tile := v.tileFeatures
	padded := upTo(features, tile)
	sums, panel = sums[:padded*upTo(b.rows, v.lanes)], panel[:padded*depth]
	for r := 0; depth > 0 && r < b.rows; {
		width := v.strip(b.rows - r)
		x := &b.strips[r*b.in+at*width:][:depth*width][0]
		for f := 0; f < features; f += tile {
			v.tile(width/v.lanes, &sums[r*padded+f*width], &panel[f*depth], 4*depth, x, depth)
		}
		r += width
	}
}

func (v vector) Unpack(dst []float32, stride int, sums []float32, features int, b *Batch) {
	padded, whole := upTo(features, v.tileFeatures), features&^3
	for r := 0; r < b.rows; {
		width := v.strip(b.rows - r)
		rows, strip := min(width, b.rows-r), sums[r*padded:]
		wholeRows := rows &^ 3
		for f := 0; wholeRows > 0 && f < whole; f += 4 {
			v.transposeAdd(&dst[r*stride+f], 4*stride, &strip[f*width], 4*width, wholeRows)
		}
		for i := range rows {
			f := whole
			if i >= wholeRows {
				f = 0
			}
			for ; f < features; f++ {
				dst[(r+i)*stride+f] += strip[f*width+i]
			}
		}
		r += width
	}
}
