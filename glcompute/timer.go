package glcompute

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-gl/gl/v4.3-core/gl"
)

// Profile sums the GPU time of kernels over submissions. A nil Profile measures nothing. Software rasterisers may
// answer 0 for compute work.
type Profile struct {
	totals  map[string]KernelTime
	pending []timed
	spare   []uint32 // query objects to use again
}

// KernelTime is the time that a shader took in all its specialisations.
type KernelTime struct {
	Name  string
	Calls int
	Time  time.Duration
}

// timed is a dispatch between two timestamp queries.
type timed struct {
	name       string
	start, end uint32
}

// Kernels lists the totals, longest first.
func (p *Profile) Kernels() []KernelTime {
	list := make([]KernelTime, 0, len(p.totals))
	for _, t := range p.totals {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b KernelTime) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Name, b.Name))
	})
	return list
}

func (p *Profile) begin() {
	if p == nil {
		return
	}
	if p.totals == nil {
		p.totals = map[string]KernelTime{}
	}
	p.pending = p.pending[:0] // what a cancelled submission left
}

func (p *Profile) stamp() uint32 {
	if len(p.spare) == 0 {
		p.spare = make([]uint32, 64)
		gl.GenQueries(int32(len(p.spare)), &p.spare[0])
	}
	id := p.spare[len(p.spare)-1]
	p.spare = p.spare[:len(p.spare)-1]
	gl.QueryCounter(id, gl.TIMESTAMP)
	return id
}

func (p *Profile) before(k *dispatch) {
	if p != nil && k != nil {
		p.pending = append(p.pending, timed{name: k.kernel.Shader, start: p.stamp()})
	}
}

func (p *Profile) after(k *dispatch) {
	if p != nil && k != nil {
		p.pending[len(p.pending)-1].end = p.stamp()
	}
}

// end waits for the timestamps and adds them up. Thread: GL.
func (p *Profile) end() error {
	if p == nil {
		return nil
	}
	for _, t := range p.pending {
		var start, end uint64
		gl.GetQueryObjectui64v(t.start, gl.QUERY_RESULT, &start)
		gl.GetQueryObjectui64v(t.end, gl.QUERY_RESULT, &end)
		total := p.totals[t.name]
		total.Name = t.name
		total.Calls++
		if end > start {
			total.Time += time.Duration(end - start)
		}
		p.totals[t.name] = total
		p.spare = append(p.spare, t.start, t.end)
	}
	p.pending = p.pending[:0]
	return nil
}
