//go:build amd64 || arm64

package cpukernel

import "math"

// whole is the largest multiple of the lanes up to n.
func (v vector) whole(n int) int { return n &^ (v.lanes - 1) }

func (v vector) MatVec(dst []float32, w []uint16, x []float32) {
	in := len(x)
	n := v.whole(in)
	switch {
	case len(dst) == 0 || in == 0:
	case n == in:
		v.halfDots(&dst[0], &w[:len(dst)*in][0], &x[0], n, len(dst))
	default:
		var end [maxLanes]float32
		for f := range dst {
			row := w[f*in:][:in]
			if n > 0 {
				v.halfDots(&dst[f], &row[0], &x[0], n, 1)
			}
			v.Decode(end[:in-n], row[n:])
			dst[f] += dot(end[:in-n], x[n:])
		}
	}
}

func (v vector) Dots(dst, keys, q []float32) {
	clear(dst)
	in := len(q)
	n := v.whole(in)
	switch {
	case len(dst) == 0 || in == 0:
	case n == in:
		v.dots(&dst[0], &keys[:len(dst)*in][0], &q[0], n, len(dst))
	default:
		for i := range dst {
			row := keys[i*in:][:in]
			if n > 0 {
				v.dots(&dst[i], &row[0], &q[0], n, 1)
			}
			dst[i] += dot(row[n:], q[n:])
		}
	}
}

func dot(x, y []float32) (sum float32) {
	for i, value := range x {
		sum += value * y[i]
	}
	return sum
}

func (v vector) Decode(dst []float32, src []uint16) {
	n := v.whole(len(src))
	if n > 0 {
		v.decode(&dst[:n][0], &src[0], n)
	}
	if n < len(src) {
		var from [maxLanes]uint16
		var to [maxLanes]float32
		copy(from[:], src[n:])
		v.decode(&to[0], &from[0], v.lanes)
		copy(dst[n:len(src)], to[:])
	}
}

func (v vector) Mix(dst, weights, values []float32) {
	if len(weights) == 0 {
		return
	}
	columns, c := len(dst), 0
	for _, vectors := range [...]int{4, 1} {
		for ; c+vectors*v.lanes <= columns; c += vectors * v.lanes {
			v.mix(vectors, &dst[c], &weights[0], &values[c], 4*columns, len(weights))
		}
	}
	for ; c < columns; c++ {
		for i, weight := range weights {
			dst[c] += weight * values[i*columns+c]
		}
	}
}

func (v vector) Max(x []float32) float32 {
	most, n := float32(math.Inf(-1)), v.whole(len(x))
	if n > 0 {
		most = v.maximum(&x[0], n)
	}
	for _, value := range x[n:] {
		most = max(most, value)
	}
	return most
}

func (v vector) Exp(x []float32, shift float32) float32 {
	var sum float32
	n := v.whole(len(x))
	if n > 0 {
		sum = v.exponential(&x[0], n, shift)
	}
	if n < len(x) {
		var end [maxLanes]float32
		copy(end[:], x[n:])
		v.exponential(&end[0], v.lanes, shift)
		for _, value := range end[:copy(x[n:], end[:])] {
			sum += value
		}
	}
	return sum
}

func (v vector) GELU(x []float32) {
	n := v.whole(len(x))
	if n > 0 {
		v.gelu(&x[0], n)
	}
	if n < len(x) {
		var end [maxLanes]float32
		copy(end[:], x[n:])
		v.gelu(&end[0], v.lanes)
		copy(x[n:], end[:])
	}
}
