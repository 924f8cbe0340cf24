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

// planLinear chooses the kernel of a linear layer of cols inputs by the device and the number of rows.
func (d *Device) planLinear(rows, cols int) linearPlan {
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
		return d.planMatVec(cols)
	}
	for _, n := range []int{2, 4, 8} {
		if rows <= n {
			const group, lanes = 256, 32
			return linearPlan{"matvec_rows", map[string]int{"GROUP": group, "LANES": lanes, "ROWS": n}, n, group / lanes}
		}
	}
	return linearPlan{"matmul", map[string]int{}, 64, 64}
}

// planMatVec is the plan for one row on a graphics card. Four loads a thread are in flight at once: eight take so many
// registers that fewer threads fit.
func (d *Device) planMatVec(cols int) linearPlan {
	const loads = 4
	pieces := cols / 8
	group := max(32, d.limits.Subgroup)
	for group < 512 && group < pieces {
		group *= 2
	}
	perThread := ceilDiv(pieces, group)
	outputs := max(1, loads/perThread)
	return linearPlan{
		"matvec", map[string]int{"GROUP": group, "PIECES": perThread, "OUTPUTS": outputs, "SUBGROUP": d.limits.Subgroup}, 1, outputs,
	}
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
