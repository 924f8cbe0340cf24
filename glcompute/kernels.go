package glcompute

// This is the one table of specialisations: which shader with which constants runs where. docs/kernels.md explains it
// to readers, with bindings and tolerances.

// linearPlan is how one linear layer runs.
type linearPlan struct {
	shader       string
	consts       map[string]int
	groupRows    int // rows of x that a work group serves
	groupOutputs int // outputs that a work group computes
}

// planLinear chooses the kernel of a linear layer by the device, its weights and the number of rows.
func (d *Device) planLinear(rows int, w *Matrix) linearPlan {
	if d.info.Software {
		// Eight threads fill a vector register; more rows and outputs a thread mean fewer loads a multiplication.
		switch {
		case rows == 1:
			return tilePlan(1, 8)
		case rows <= 4:
			return tilePlan(4, 8)
		case rows <= 8:
			return tilePlan(8, 8)
		default:
			return tilePlan(16, 8)
		}
	}
	if rows == 1 {
		if plan, ok := d.planMatVec(w); ok {
			return plan
		}
	}
	for _, n := range []int{2, 4, 8} {
		if rows <= n {
			const group, lanes = 256, 32
			return linearPlan{"matvec_rows", map[string]int{"GROUP": group, "LANES": lanes, "ROWS": n}, n, group / lanes}
		}
	}
	return linearPlan{"matmul", map[string]int{}, 64, 64}
}

// planMatVec is the plan for one row on a graphics card, if its shared memory holds the input. A thread has eight loads in
// flight: of one output, or where its rows are short, of several.
func (d *Device) planMatVec(w *Matrix) (plan linearPlan, ok bool) {
	const group, inFlight = 512, 8
	team := max(32, d.limits.Subgroup)
	pieces := w.Cols * w.Format.bits() / 128
	loads := min(inFlight, ceilDiv(pieces, team))
	rows := inFlight / loads
	outputs := group / team * rows
	padded := ceilDiv(pieces, team*loads) * team * loads
	// The input, its sums, and what the threads exchange.
	shared := padded*(128/w.Format.bits()*4+4) + 12*group + 4*group
	return linearPlan{
		"matvec", map[string]int{"GROUP": group, "TEAM": team, "ROWS": rows, "LOADS": loads, "SUBGROUP": d.limits.Subgroup}, 1, outputs,
	}, shared <= d.limits.SharedMemory
}

// residentThreads is how many threads a dispatch that loops may start: about as many as the largest graphics cards hold
// at once. More would wait for a place, and memory with them.
const residentThreads = 132 * 1024

func tilePlan(rows, outputs int) linearPlan {
	const group = 8
	return linearPlan{"linear_tile", map[string]int{"GROUP": group, "ROWS": rows, "OUTPUTS": outputs}, rows, group * outputs}
}

// rowGroup is the number of threads that work on one row in element-wise kernels and layer normalisation.
func (d *Device) rowGroup() int {
	if d.info.Software {
		return 8
	}
	return 256
}

// attentionPlan is how attention runs: a work group of so many threads serves so many rows of one head; a thread scores
// keys keys at a time and sums pairs pairs of a value's dimensions.
type attentionPlan struct {
	group, rows, keys, pairs int
}

// planAttention chooses by the device, the head dimension and whether the rows are consecutive positions of one slot.
// Shared memory stays below the 32 KiB that every device has.
func (d *Device) planAttention(headDim, rows int, consecutive bool) attentionPlan {
	dims, most := headDim/2, 8
	p := attentionPlan{group: 128, rows: 1, keys: 2}
	if d.info.Software {
		// Reading a number costs as much as a dozen multiplications: much work for each number read.
		p, most = attentionPlan{group: 8, rows: 1, keys: 8, pairs: min(dims, 8)}, 16
	}
	p.pairs = max(p.pairs, ceilDiv(dims, p.group))
	if consecutive {
		for p.rows < most && p.rows < rows && p.sharedBytes(headDim, 2*p.rows) <= 24<<10 {
			p.rows *= 2
		}
	}
	return p
}

// sharedBytes is what attention.comp declares as shared memory for so many rows.
func (p attentionPlan) sharedBytes(headDim, rows int) int {
	dims, tile := headDim/2, p.group*p.keys
	splits := p.group / ceilDiv(dims, p.pairs)
	return 4*tile + rows*(headDim*4+tile*4+p.group*4+splits*dims*8)
}

// decodePlan is how attention of single queries runs on a graphics card: work groups of so many threads share a head's
// keys, split each, and have unroll loads in flight a thread.
type decodePlan struct {
	group, split, unroll int
}

// planDecode tells whether attention_decode can run: eight numbers a thread must make whole clusters.
func (d *Device) planDecode(headDim int) (p decodePlan, ok bool) {
	lanes := headDim / 8
	if d.info.Software || headDim%8 != 0 || lanes&(lanes-1) != 0 || d.limits.Subgroup > 0 && lanes > d.limits.Subgroup {
		return decodePlan{}, false
	}
	return decodePlan{group: 128, split: 128, unroll: 4}, lanes <= 128
}
