package oracle

// Epilogue is what a linear layer does with a finished sum s before it goes to dst.
type Epilogue int

// The epilogues of the transformer's linear layers.
const (
	None     Epilogue = iota // dst = s
	WithGELU                 // dst = GELU(s)
	Residual                 // dst = dst + s
)

// Apply stores the finished sum.
func (e Epilogue) Apply(dst *float32, s float32) {
	switch e {
	case WithGELU:
		*dst = GELU(s)
	case Residual:
		*dst += s
	default:
		*dst = s
	}
}

// Linear computes x · wᵀ + bias: x is [rows, in], w [out, in] in fp16, bias [out] or nil for none, dst [rows, out].
func Linear(dst, x []float32, w []uint16, bias []float32, rows, in, out int, ep Epilogue) {
	LinearPart(dst, out, x, w, bias, rows, in, out, ep)
}

// LinearPart is Linear for some of the output features: w and bias hold just those out features, and row r of the
// result goes to dst[r*stride:][:out], where stride is the width of the full output.
func LinearPart(dst []float32, stride int, x []float32, w []uint16, bias []float32, rows, in, out int, ep Epilogue) {
	if rows == 1 {
		matvec(dst, x[:in], w, bias, out, ep)
		return
	}
	tile := make([]float32, min(tileFeatures, out)*in) // weights of one tile, decoded once for all rows
	for o := 0; o < out; o += tileFeatures {
		n := min(tileFeatures, out-o)
		Decode(tile, w[o*in:(o+n)*in])
		r := 0
		for ; n == tileFeatures && r+2 <= rows; r += 2 {
			sums := dot4x2(tile, x[r*in:], x[(r+1)*in:], in)
			for k := range tileFeatures {
				finish(&dst[r*stride+o+k], sums[2*k], bias, o+k, ep)
				finish(&dst[(r+1)*stride+o+k], sums[2*k+1], bias, o+k, ep)
			}
		}
		for ; r < rows; r++ {
			for k := range n {
				finish(&dst[r*stride+o+k], dot(tile[k*in:][:in], x[r*in:][:in]), bias, o+k, ep)
			}
		}
	}
}

func finish(dst *float32, sum float32, bias []float32, feature int, ep Epilogue) {
	if bias != nil {
		sum += bias[feature]
	}
	ep.Apply(dst, sum)
}

const tileFeatures = 4 // output features computed side by side, so that each activation is loaded once for all

// matvec is LinearPart for a single row: weights are decoded as they are read.
func matvec(dst, x []float32, w []uint16, bias []float32, out int, ep Epilogue) {
	in := len(x)
	o := 0
	for ; o+tileFeatures <= out; o += tileFeatures {
		sums := dotHalf4(w[o*in:], x)
		for k, s := range sums {
			finish(&dst[o+k], s, bias, o+k, ep)
		}
	}
	for ; o < out; o++ {
		finish(&dst[o], dotHalf(w[o*in:][:in], x), bias, o, ep)
	}
}

func dotHalf(w []uint16, x []float32) float32 {
	table := halves()
	w = w[:len(x)]
	var sum float32
	for i, v := range x {
		sum += table[w[i]] * v
	}
	return sum
}

// dotHalf4 multiplies four consecutive rows of w, each as long as x, with x.
func dotHalf4(w []uint16, x []float32) [4]float32 {
	table, in := halves(), len(x)
	w0, w1, w2, w3 := w[:in], w[in:][:in], w[2*in:][:in], w[3*in:][:in]
	var a0, a1, a2, a3 float32
	for i, v := range x {
		a0 += table[w0[i]] * v
		a1 += table[w1[i]] * v
		a2 += table[w2[i]] * v
		a3 += table[w3[i]] * v
	}
	return [4]float32{a0, a1, a2, a3}
}

// dot4x2 multiplies four consecutive rows of w with x and y: results [w0·x, w0·y, w1·x, …].
func dot4x2(w, x, y []float32, in int) [8]float32 {
	w0, w1, w2, w3 := w[:in], w[in:][:in], w[2*in:][:in], w[3*in:][:in]
	x, y = x[:in], y[:in]
	var a0, b0, a1, b1, a2, b2, a3, b3 float32
	for i := range in {
		u, v := x[i], y[i]
		a0 += w0[i] * u
		b0 += w0[i] * v
		a1 += w1[i] * u
		b1 += w1[i] * v
		a2 += w2[i] * u
		b2 += w2[i] * v
		a3 += w3[i] * u
		b3 += w3[i] * v
	}
	return [8]float32{a0, b0, a1, b1, a2, b2, a3, b3}
}
