package glcompute

import "maps"

// Epilogue is what a linear layer does with a finished sum.
type Epilogue int

// The epilogues; their numbers are those of shaders/include/linear.glsl.
const (
	Plain    Epilogue = iota // y = s
	GELU                     // y = GELU(s), tanh form
	Residual                 // y = y + s
)

// maxDispatchWork bounds the operations of one dispatch: 100 ms on a GPU a hundred times slower than an NVIDIA H200, of 0.56 TFLOP/s,
// of which matmul reaches six tenths. A longer one may trip the watchdog of a desktop's graphics driver, which resets the GPU.
const maxDispatchWork = 3.5e10

// Linear records y = x · wᵀ + bias with an epilogue: x [rows, w.Cols] and y [rows, w.Rows] in float32, bias [w.Rows] in
// float32 or nil. Sums are float32. Twin: oracle.Linear.
func (l *List) Linear(y, x *Buffer, w *Matrix, bias *Buffer, rows int, epilogue Epilogue) {
	l.LinearWith(nil, y, x, w, bias, rows, epilogue)
}

// LinearWith is Linear with room to work in, which lets large devices share out the inputs of a row: scratch of any size, nil for none.
func (l *List) LinearWith(scratch, y, x *Buffer, w *Matrix, bias *Buffer, rows int, epilogue Epilogue) {
	consts, bindings := map[string]int{"EPILOGUE": int(epilogue), "BIAS": one(bias != nil)}, [8]binding{1: whole(x), 2: whole(y), 4: whole(y)}
	if bias != nil {
		bindings[5] = whole(bias)
	}
	if _, ok := l.device.planMatVec(w); ok && rows == 1 {
		consts["STREAM"] = 0
		l.matvec(w, consts, bindings, 0)
		return
	}
	room := 0
	if scratch != nil {
		room = int(scratch.size / 4)
	}
	plan := l.device.planLinear(rows, w.Rows, room)
	maps.Copy(consts, w.consts())
	maps.Copy(consts, plan.consts)
	if plan.shader == "matmul" {
		consts["SPLIT"] = one(plan.shares > 1)
	}
	l.eachPart(w, rows, plan.groupOutputs, bindings, func(p part) {
		if plan.shares > 1 {
			l.shared(scratch, plan, consts, w, rows, p)
			return
		}
		l.add(Kernel{plan.shader, consts}, [3]int{ceilDiv(p.n, plan.groupOutputs), ceilDiv(rows, plan.groupRows), 1}, p.work,
			[]uint32{uint32(w.Cols / 8), uint32(p.n), uint32(p.row), uint32(p.output), uint32(rows), uint32(w.Rows)},
			p.bindings[:]...).concurrent = p.output > 0
	})
}

// shared records a part whose inputs are split into shares: each writes its sums to scratch, and a dispatch more adds them up.
func (l *List) shared(scratch *Buffer, plan linearPlan, consts map[string]int, w *Matrix, rows int, p part) {
	groups := [3]int{ceilDiv(p.n, plan.groupOutputs), ceilDiv(rows, plan.groupRows), plan.shares}
	bindings := p.bindings
	bindings[4] = whole(scratch)
	l.add(Kernel{plan.shader, consts}, groups, p.work,
		[]uint32{uint32(w.Cols / 8), uint32(p.n), uint32(p.row), uint32(p.output), uint32(rows), uint32(w.Rows)}, bindings[:]...)
	const group = 256
	join := map[string]int{"GROUP": group, "BIAS": consts["BIAS"], "EPILOGUE": consts["EPILOGUE"]}
	l.add(Kernel{"join", join}, [3]int{ceilDiv(p.n/4, group), rows, 1}, float64(plan.shares*rows*p.n),
		[]uint32{uint32(plan.shares), uint32(rows), uint32(p.n / 4), uint32(p.output / 4), uint32(w.Rows / 4)},
		whole(scratch), binding{}, p.bindings[2], binding{}, binding{}, p.bindings[5])
}

// matvec records one row's product with the kernel for that, of which every shape is a program of its own: it knows how far to
// go before it has read a parameter.
func (l *List) matvec(w *Matrix, consts map[string]int, bindings [8]binding, param uint32) {
	plan, _ := l.device.planMatVec(w)
	maps.Copy(consts, plan.consts(w, l.device.limits.Subgroup))
	consts["OUTPUTS"] = w.Rows
	l.eachPart(w, 1, 4, bindings, func(p part) {
		span := l.device.span(plan, w, p.n)
		kernel := Kernel{"matvec", maps.Clone(consts)}
		kernel.Consts["COUNT"], kernel.Consts["FIRST_ROW"], kernel.Consts["FIRST_OUTPUT"], kernel.Consts["SPAN"] = p.n, p.row, p.output, span
		d := l.addLink(kernel, [3]int{ceilDiv(p.n, span), 1, 1}, p.work, []uint32{param}, p.output > 0, p.bindings[:]...)
		d.concurrent = d.concurrent || p.output > 0
	})
}

// part is what one dispatch of a linear layer computes: n outputs from output on, whose weights begin at row of what is bound.
type part struct {
	n, row, output int
	work           float64
	bindings       [8]binding
}

// eachPart cuts a linear layer into dispatches: one for each of the matrix's buffers, and no more outputs in each, in whole work
// groups of groupOutputs, than the watchdog allows. Parts write different outputs, so all but the first may overlap.
func (l *List) eachPart(w *Matrix, rows, groupOutputs int, bindings [8]binding, record func(part)) {
	perOutput := 2 * float64(rows) * float64(w.Cols)
	limit := max(1, int(maxDispatchWork/perOutput/float64(groupOutputs))) * groupOutputs
	for _, s := range w.shards {
		bindings[0] = whole(s.numbers)
		if s.scales != nil {
			bindings[7] = whole(s.scales)
		}
		for at := 0; at < s.rows; at += limit {
			n := min(limit, s.rows-at)
			record(part{n, at, s.first + at, perOutput * float64(n), bindings})
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
