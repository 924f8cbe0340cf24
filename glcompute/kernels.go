package glcompute

import (
	"maps"
	"math"
)

// This is the one table of specialisations: which shader with which constants runs where. docs/kernels.md explains it
// to readers, with bindings and tolerances.

// linearPlan is how one linear layer runs.
type linearPlan struct {
	shader       string
	consts       map[string]int
	groupRows    int // rows of x that a work group serves
	groupOutputs int // outputs that a work group computes
	shares       int // into which a row's inputs are split; 0 and 1: they are not
}

// planLinear chooses the kernel of a linear layer by the device, the number of rows and that of outputs. room is what planMatMul may
// count on.
func (d *Device) planLinear(rows, outputs, room int) linearPlan {
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
			return linearPlan{"matvec_rows", map[string]int{"GROUP": group, "LANES": lanes, "ROWS": n}, n, group / lanes, 1}
		}
	}
	return d.planMatMul(rows, outputs, room)
}

// planMatMul chooses the tile of matmul, and into how many shares its inputs are split: such that the last round of work groups leaves
// few processors idle. room is how many floats the shares' sums may take.
func (d *Device) planMatMul(rows, outputs, room int) linearPlan {
	const tileOutputs, join = 128, 0.125 // a share's sums cost so much again
	best := linearPlan{}
	least := math.Inf(1)
	for _, tile := range []struct {
		halves int     // of 64 rows
		cost   float64 // of a sum; 1 in the large tile, which does more with each number that it reads
	}{{2, 1}, {1, 1.3}} {
		tileRows := 64 * tile.halves
		groups := ceilDiv(rows, tileRows) * ceilDiv(outputs, tileOutputs)
		for shares := 1; shares <= 4; shares *= 2 {
			if shares > 1 && (outputs%4 != 0 || shares*rows*outputs > room) {
				break
			}
			rounds := float64(ceilDiv(groups*shares, d.processors())*tile.halves) * tile.cost / float64(shares)
			if shares > 1 {
				rounds += join
			}
			if rounds < least {
				least = rounds
				best = linearPlan{"matmul", map[string]int{"HALVES": tile.halves, "OUTPUTS4": one(outputs%4 == 0)}, tileRows, tileOutputs, shares}
			}
		}
	}
	return best
}

// dotPlan is how dots.glsl multiplies: groups of so many threads, teams of so many of them, and for each team so many rows at
// once and so many loads a thread of each.
type dotPlan struct{ group, team, rows, loads int }

// planDots is the plan for the rows of w on a graphics card, in groups of so many threads. So many loads a thread are in flight: of one
// row, or where rows are short, of several. More would take registers that more threads can use better.
func (d *Device) planDots(w *Matrix, group, inFlight int) dotPlan {
	team := max(32, d.limits.Subgroup)
	loads := min(inFlight, ceilDiv(w.Cols*w.Format.bits()/128, team))
	return dotPlan{group, team, inFlight / loads, loads}
}

// sharedBytes is what dots.glsl and what comes with it declare as shared memory for rows of w.
func (p dotPlan) sharedBytes(w *Matrix, subgroup int) int {
	step := p.team * p.loads
	padded := ceilDiv(w.Cols*w.Format.bits()/128, step) * step
	parts := p.group / max(subgroup, 1)
	return padded*(4*128/w.Format.bits()+4) + 20*parts + 4*units // the vector, its sums, moments, what threads exchange
}

// consts are the constants of dots.glsl.
func (p dotPlan) consts(w *Matrix, subgroup int) map[string]int {
	consts := map[string]int{
		"GROUP": p.group, "SUBGROUP": subgroup, "TEAM": p.team, "ROWS": p.rows, "LOADS": p.loads,
		"IN8": w.Cols / 8, "OWN": ceilDiv(w.Cols/4, p.group),
	}
	maps.Copy(consts, w.consts())
	return consts
}

// planMatVec is the plan for one row on a graphics card, if its shared memory holds the input.
func (d *Device) planMatVec(w *Matrix) (p dotPlan, ok bool) {
	group := 1024
	if d.limits.Subgroup == 0 {
		group = 512 // what each thread then has in shared memory would not leave enough for the vector
	}
	p = d.planDots(w, group, 4)
	return p, !d.info.Software && p.sharedBytes(w, d.limits.Subgroup)+4*mostParts <= d.limits.SharedMemory
}

// mostParts bounds the sums that a work group of matvec has of its outputs' parts.
const mostParts = 1024

// span is how many outputs, of so many in a dispatch, a work group of matvec computes: such that every processor has a work group, or as
// many as it has threads for.
func (d *Device) span(p dotPlan, w *Matrix, outputs int) int {
	rounds := ceilDiv(w.Cols*w.Format.bits()/128, p.team*p.loads)
	span := min(ceilDiv(outputs, d.processors()), p.group, mostParts/rounds)
	return ceilDiv(span, p.rows) * p.rows
}

// units is how many of the MLP's units a work group computes: a whole number of blocks, and few enough that the largest cards have
// something to do on every processor.
const units = 64

// planMLP is the specialisation of mlp, if its shared memory holds the stream.
func (d *Device) planMLP(up *Matrix) (consts map[string]int, ok bool) {
	p := d.planDots(up, 1024, 4)
	if up.Format == Q4 {
		p = d.planDots(up, 512, 8) // unpacking takes registers
	}
	consts = p.consts(up, d.limits.Subgroup)
	consts["INNER"], consts["UNITS"], consts["AHEAD"] = up.Rows, units, 4
	return consts, p.sharedBytes(up, d.limits.Subgroup) <= d.limits.SharedMemory
}

// StreamPanels are the panels that decoding's kernels want dense and down in; see NewPanelMatrix. They are 0 where there are no such kernels
// for heads of headDim numbers.
func (d *Device) StreamPanels(headDim int) (dense, down int) {
	if _, ok := d.planDecode(headDim); !ok || headDim > 256 {
		return 0, 0
	}
	return headDim, units
}

// StreamFits tells whether decoding's kernels can run a layer of these matrices.
func (d *Device) StreamFits(qkv, dense, up, down *Matrix, headDim int) bool {
	for _, m := range []*Matrix{qkv, dense, up, down} {
		if len(m.shards) != 1 || m.Format != qkv.Format {
			return false
		}
	}
	_, first := d.planMatVec(qkv)
	_, second := d.planMatVec(dense)
	_, third := d.planMLP(up)
	heads, inner := d.StreamPanels(headDim)
	return first && second && third && heads > 0 && dense.Panel == heads && down.Panel == inner
}

// MostFusedKeys is how many keys AttentionToStream reads at most: beyond, sharing them out is worth a dispatch.
const MostFusedKeys = 512

// AttentionFits tells whether AttentionToStream can run for a query that sees no position from positions on.
func (d *Device) AttentionFits(c *Cache, p Pattern, positions int, dense *Matrix) bool {
	_, keys := patternConsts(p, positions)
	return keys <= MostFusedKeys && dense.Panel == c.HeadDim
}

// planAttentionDense is the specialisation of attention_dense for up to so many keys. Work groups are as many as the largest
// cards have processors, about, and each has a row of the linear layer under way in every cluster of threads.
func (d *Device) planAttentionDense(c *Cache, keys int, dense *Matrix) map[string]int {
	const group = 512
	slice := max(1, dense.Rows*c.Heads/128)
	lanes := c.HeadDim * dense.Format.bits() / 128
	consts := map[string]int{
		"GROUP": group, "SUBGROUP": d.limits.Subgroup, "HIDDEN": dense.Rows, "HEAD_DIM": c.HeadDim,
		"MOST_KEYS": keys, "UNROLL": 4, "SLICE": slice, "AHEAD": powerOfTwo(min(8, max(1, slice*lanes/group))),
	}
	maps.Copy(consts, dense.consts())
	return consts
}

// processors is how many work groups a dispatch should have at least. Where the driver does not tell, few: a large device
// then idles a little at the end of a dispatch, where a small one would do double work.
func (d *Device) processors() int {
	if d.limits.Processors > 0 {
		return d.limits.Processors
	}
	return 32
}

func tilePlan(rows, outputs int) linearPlan {
	const group = 8
	return linearPlan{"linear_tile", map[string]int{"GROUP": group, "ROWS": rows, "OUTPUTS": outputs}, rows, group * outputs, 1}
}

// rowGroup is the number of threads that work on one row in element-wise kernels and layer normalisation.
func (d *Device) rowGroup() int {
	if d.info.Software {
		return 8
	}
	return 256
}

// subgroup is the constant SUBGROUP for work groups of so many threads; see include/reduce.glsl.
func (d *Device) subgroup(group int) int {
	if group < d.limits.Subgroup {
		return 0
	}
	return d.limits.Subgroup
}

// attentionPlan is how attention runs: a work group serves so many rows of one head.
type attentionPlan struct {
	shader string
	consts map[string]int
	rows   int
}

// planAttention chooses by the device, the head dimension and whether the rows are consecutive positions of one slot.
func (d *Device) planAttention(headDim, rows int, consecutive bool) attentionPlan {
	const tile, fewest = 64, 16 // rows of attention_tile, and those that it is worth while for
	if !d.info.Software && consecutive && rows >= fewest && headDim%64 == 0 && headDim <= 128 {
		return attentionPlan{"attention_tile", map[string]int{"GROUP": 128, "SUBGROUP": d.subgroup(128), "EACH": headDim / 64}, tile}
	}
	p := d.planQueries(headDim, rows, consecutive)
	return attentionPlan{"attention", map[string]int{"GROUP": p.group, "ROWS": p.rows, "KEYS": p.keys, "PAIRS": p.pairs}, p.rows}
}

// queriesPlan is how attention.comp runs: a work group of so many threads serves so many rows of one head; a thread scores
// keys keys at a time and sums pairs pairs of a value's dimensions.
type queriesPlan struct {
	group, rows, keys, pairs int
}

// planQueries keeps shared memory below the 32 KiB that every device has.
func (d *Device) planQueries(headDim, rows int, consecutive bool) queriesPlan {
	dims, most := headDim/2, 8
	p := queriesPlan{group: 128, rows: 1, keys: 2}
	if d.info.Software {
		// Reading a number costs as much as a dozen multiplications: much work for each number read.
		p, most = queriesPlan{group: 8, rows: 1, keys: 8, pairs: min(dims, 8)}, 16
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
func (p queriesPlan) sharedBytes(headDim, rows int) int {
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
