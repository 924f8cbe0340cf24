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

// attentionPlan is how attention runs.
type attentionPlan struct {
	group, rows, tile int
}

// planAttention chooses by the device, the head dimension and whether the rows are consecutive positions of one slot.
// Shared memory stays below the 32 KiB that every device has.
func (d *Device) planAttention(headDim, rows int, consecutive bool) attentionPlan {
	p := attentionPlan{group: 128, rows: 1, tile: 256}
	if d.info.Software {
		p = attentionPlan{group: 8, rows: 1, tile: 64}
	}
	if consecutive {
		for p.rows < 8 && p.rows < rows && p.sharedBytes(headDim, 2*p.rows) <= 24<<10 {
			p.rows *= 2
		}
	}
	return p
}

// sharedBytes is what attention.comp declares as shared memory for so many rows.
func (p attentionPlan) sharedBytes(headDim, rows int) int {
	dims := headDim / 2
	summed := max(1, p.group/dims) * dims * 8
	return 4*p.tile + rows*(headDim*4+p.tile*4+p.group*4+summed)
}
