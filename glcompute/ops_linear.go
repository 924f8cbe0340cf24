package glcompute

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
	plan := l.device.planLinear(rows)
	consts := map[string]int{"EPILOGUE": int(epilogue), "BIAS": 1}
	for name, v := range plan.consts {
		consts[name] = v
	}
	if bias == nil {
		consts["BIAS"] = 0
		bias = y // something must be bound
	}
	kernel := Kernel{plan.shader, consts}
	rowGroups := ceilDiv(rows, plan.groupRows)
	operations := func(outputs int) float64 { return 2 * float64(rows) * float64(w.Cols) * float64(outputs) }
	// As many outputs a dispatch as the watchdog allows, in whole work groups.
	limit := max(1, int(maxDispatchWork/operations(plan.groupOutputs))) * plan.groupOutputs
	concurrent := false
	for _, s := range w.shards {
		for at := 0; at < s.rows; at += limit {
			n := min(limit, s.rows-at)
			l.add(kernel, [3]int{ceilDiv(n, plan.groupOutputs), rowGroups, 1}, operations(n),
				[]uint32{uint32(w.Cols / 8), uint32(n), uint32(at), uint32(s.first + at), uint32(rows), uint32(w.Rows)},
				whole(s.buffer), whole(x), whole(y), whole(bias)).concurrent = concurrent
			concurrent = true // the parts write different outputs
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
