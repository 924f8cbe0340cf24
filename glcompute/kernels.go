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

// planLinear chooses the kernel of a linear layer by the device and the number of rows.
func (d *Device) planLinear(rows int) linearPlan {
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
	for _, n := range []int{1, 2, 4, 8} {
		if rows <= n {
			const group, lanes = 256, 32
			return linearPlan{"matvec", map[string]int{"GROUP": group, "LANES": lanes, "ROWS": n}, n, group / lanes}
		}
	}
	return linearPlan{"matmul", map[string]int{}, 64, 64}
}

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
