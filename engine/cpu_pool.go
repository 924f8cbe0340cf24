package engine

import (
	"sync"
	"sync/atomic"
)

// cpuPool spreads loops over the processor's cores. Its workers sleep between loops. Which worker takes which item is
// left to chance, so an item's result must depend on the item alone: then it is the same for any number of cores.
type cpuPool struct {
	wake []chan *cpuLoop // one for each worker but the caller, who is worker 0
	done sync.WaitGroup  // workers that have not ended
}

// cpuLoop is one loop in progress.
type cpuLoop struct {
	items int64
	next  atomic.Int64
	body  func(worker, item int)
	busy  sync.WaitGroup // woken workers that still work on it
}

func newCPUPool(workers int) *cpuPool {
	p := &cpuPool{wake: make([]chan *cpuLoop, workers-1)}
	for i := range p.wake {
		p.wake[i] = make(chan *cpuLoop, 1)
		p.done.Go(func() {
			for loop := range p.wake[i] {
				loop.work(i + 1)
				loop.busy.Done()
			}
		})
	}
	return p
}

// workers bounds the first argument of run's body.
func (p *cpuPool) workers() int { return len(p.wake) + 1 }

// run calls body for the items 0..items-1, on all cores at once, and returns when all are done.
func (p *cpuPool) run(items int, body func(worker, item int)) {
	loop := &cpuLoop{items: int64(items), body: body}
	for _, wake := range p.wake[:min(len(p.wake), max(items-1, 0))] {
		loop.busy.Add(1)
		wake <- loop
	}
	loop.work(0)
	loop.busy.Wait()
}

func (l *cpuLoop) work(worker int) {
	for item := l.next.Add(1) - 1; item < l.items; item = l.next.Add(1) - 1 {
		l.body(worker, int(item))
	}
}

// close ends the workers.
func (p *cpuPool) close() {
	for _, wake := range p.wake {
		close(wake)
	}
	p.done.Wait()
}
