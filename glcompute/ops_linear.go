package glcompute

import (
	"maps"
	"math"
)

// Epilogue is what a linear layer does with a finished sum.
type Epilogue int

// The epilogues; their numbers are those of shaders/include/linear.glsl.
const (
	Plain    Epilogue = iota // y = s
	GELU                     // y = GELU(s), tanh form
	Residual                 // y = y + s
)

// maxDispatchWork bounds the operations of one dispatch: 80 ms on a GPU of 50 GFLOP/s. A longer one may trip the
// watchdog of a desktop's graphics driver, which resets the GPU.
const maxDispatchWork = 4e9

// Linear records y = x · wᵀ + bias with an epilogue: x [rows, w.Cols] and y [rows, w.Rows] in float32, bias [w.Rows] in
// float32 or nil. Sums are float32. Twin: oracle.Linear.
func (l *List) Linear(y, x *Buffer, w *Matrix, bias *Buffer, rows int, epilogue Epilogue) {
	l.linear(y, x, w, bias, rows, epilogue, nil, nil)
}

// NormLinear records y = norm(x) · wᵀ + bias: LayerNorm, then Linear, in one dispatch where the device has a kernel for
// it. With picked, uint32 [rows], row r is row picked[r] of x. scratch is float32 [rows, w.Cols].
func (l *List) NormLinear(y, x *Buffer, n Norm, scratch, picked *Buffer, w *Matrix, bias *Buffer, rows int, epilogue Epilogue) {
	if plan := l.device.planLinear(rows, w); plan.shader == "matvec" {
		l.linear(y, x, w, bias, rows, epilogue, &n, picked)
		return
	}
	l.LayerNorm(scratch, x, n, picked, rows, w.Cols)
	l.linear(y, scratch, w, bias, rows, epilogue, nil, nil)
}

// linear records Linear, or with a norm NormLinear in one dispatch.
func (l *List) linear(y, x *Buffer, w *Matrix, bias *Buffer, rows int, epilogue Epilogue, norm *Norm, picked *Buffer) {
	plan := l.device.planLinear(rows, w)
	consts := map[string]int{"EPILOGUE": int(epilogue), "BIAS": 1, "FORMAT": int(w.Format), "NORM": 0, "PICK": 0}
	maps.Copy(consts, plan.consts)
	bindings := [8]binding{1: whole(x), 2: whole(y)}
	if bias != nil {
		bindings[3] = whole(bias)
	} else {
		consts["BIAS"] = 0
	}
	epsilon := uint32(0)
	if norm != nil {
		consts["NORM"], epsilon = 1, math.Float32bits(norm.Epsilon)
		bindings[4], bindings[5] = whole(norm.Gain), whole(norm.Bias)
	}
	if picked != nil {
		consts["PICK"] = 1
		bindings[6] = whole(picked)
	}
	operations := func(outputs int) float64 { return 2 * float64(rows) * float64(w.Cols) * float64(outputs) }
	// As many outputs a dispatch as the watchdog allows, in whole work groups.
	limit := max(1, int(maxDispatchWork/operations(plan.groupOutputs))) * plan.groupOutputs
	concurrent := false
	for _, s := range w.shards {
		bindings[0] = whole(s.numbers)
		if s.scales != nil {
			bindings[7] = whole(s.scales)
		}
		for at := 0; at < s.rows; at += limit {
			n := min(limit, s.rows-at)
			groups := [3]int{ceilDiv(n, plan.groupOutputs), ceilDiv(rows, plan.groupRows), 1}
			kernel := Kernel{plan.shader, maps.Clone(consts)}
			if plan.shader == "matvec" {
				kernel.Consts["IN8"], kernel.Consts["COUNT"] = w.Cols/8, n
				kernel.Consts["FIRST_ROW"], kernel.Consts["FIRST_OUTPUT"] = at, s.first+at
				groups[0] = min(groups[0], residentThreads/consts["GROUP"])
			}
			l.add(kernel, groups, operations(n),
				[]uint32{uint32(w.Cols / 8), uint32(n), uint32(at), uint32(s.first + at), uint32(rows), uint32(w.Rows), epsilon},
				bindings[:]...).concurrent = concurrent
			concurrent = true // the parts write different outputs
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
