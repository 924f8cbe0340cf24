package glcompute

import "math"

// Norm is the parameters of a layer normalisation: gain and bias, float32 [hidden] each.
type Norm struct {
	Gain, Bias *Buffer
	Epsilon    float32
}

// LayerNorm records dst[r] = normalised x[r] for rows r of hidden numbers, float32. With picked, uint32 [rows], row r
// of dst comes from row picked[r] of x. Twin: oracle.LayerNorm.
func (l *List) LayerNorm(dst, x *Buffer, n Norm, picked *Buffer, rows, hidden int) {
	group := l.device.rowGroup()
	kernel := Kernel{"layernorm", map[string]int{"GROUP": group, "SUBGROUP": l.device.subgroup(group), "PICK": 0}}
	bindings := []binding{whole(x), whole(n.Gain), whole(n.Bias), whole(dst)}
	if picked != nil {
		kernel.Consts["PICK"] = 1
		bindings = append(bindings, whole(picked))
	}
	l.add(kernel, [3]int{rows, 1, 1}, float64(rows*hidden)*8, []uint32{uint32(hidden), math.Float32bits(n.Epsilon)}, bindings...)
}
