package engine

import (
	"sync"
	"sync/atomic"
	"time"

	"zachin/engine/cpukernel"
)

// cpuPool spreads loops over the processor's cores. Which worker takes which item is left to chance, so an item's result must
// depend on the item alone: then it is the same for any number of cores.
//
// A token takes more than a hundred loops, and to wake a sleeping core takes as long as a small one. So workers stay awake for
// a moment after each loop, and only then go to sleep: an idle model takes no processor time.
type cpuPool struct {
	latest atomic.Pointer[cpuLoop]
	others []cpuWorker    // the caller is worker 0
	done   sync.WaitGroup // workers that have not ended
}

// cpuWorker is a worker's bed.
type cpuWorker struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// cpuLoop is one loop in progress.
type cpuLoop struct {
	body     func(worker, item int)
	shares   []cpuShare
	left     atomic.Int64  // items that are not done
	finished chan struct{} // closed by a worker other than the caller who did the last of them
}

// cpuShare is consecutive items: a core that reads memory from end to end reads it fastest.
type cpuShare struct {
	next atomic.Int64
	end  int64
	_    [48]byte // no two shares in one cache line
}

// moment is how long a worker stays awake without work.
const moment = 100 * time.Microsecond

func newCPUPool(workers int) *cpuPool {
	p := &cpuPool{others: make([]cpuWorker, workers-1)}
	first := &cpuLoop{}
	p.latest.Store(first)
	for i := range p.others {
		p.others[i].wake = make(chan struct{}, 1)
		p.done.Go(func() { p.serve(i, first) })
	}
	return p
}

// workers bounds the first argument of run's body.
func (p *cpuPool) workers() int { return len(p.others) + 1 }

// run calls body for the items 0..items-1, on all cores at once, and returns when all are done.
func (p *cpuPool) run(items int, body func(worker, item int)) {
	if items == 0 {
		return // no worker would do the last item, and so none would say that it is done
	}
	loop := &cpuLoop{body: body, shares: make([]cpuShare, p.workers()), finished: make(chan struct{})}
	loop.left.Store(int64(items))
	for i := range loop.shares {
		loop.shares[i].next.Store(int64(items * i / p.workers()))
		loop.shares[i].end = int64(items * (i + 1) / p.workers())
	}
	if items > 1 {
		p.start(loop)
	}
	if loop.work(0) || waitAwake(func() bool { return loop.left.Load() == 0 }) {
		return
	}
	<-loop.finished
}

// start lets the other workers know of the loop, or with nil that there will be none.
func (p *cpuPool) start(loop *cpuLoop) {
	p.latest.Store(loop)
	for i := range p.others {
		if w := &p.others[i]; w.asleep.CompareAndSwap(true, false) {
			w.wake <- struct{}{}
		}
	}
}

// serve works on each new loop, until there is none. A worker who comes late finds nothing left to do.
func (p *cpuPool) serve(i int, seen *cpuLoop) {
	w := &p.others[i]
	isNew := func() bool { return p.latest.Load() != seen }
	for {
		if !waitAwake(isNew) {
			w.asleep.Store(true)
			// Whoever starts a loop now sees the worker asleep; who did before must be seen here.
			if !isNew() || !w.asleep.CompareAndSwap(true, false) {
				<-w.wake
			}
		}
		if seen = p.latest.Load(); seen == nil {
			return
		}
		if seen.work(i + 1) {
			close(seen.finished)
		}
	}
}

// waitAwake waits a moment for the event, and tells whether it happened.
func waitAwake(event func() bool) bool {
	for start := time.Now(); time.Since(start) < moment; {
		for range 16 {
			if event() {
				return true
			}
			cpukernel.Pause()
		}
	}
	return false
}

// work does the worker's share of the items and then what is left of the others'; last tells whether all are done and none was
// done after these.
func (l *cpuLoop) work(worker int) (last bool) {
	did := int64(0)
	for i := range l.shares {
		share := &l.shares[(worker+i)%len(l.shares)]
		for item := share.next.Add(1) - 1; item < share.end; item = share.next.Add(1) - 1 {
			l.body(worker, int(item))
			did++
		}
	}
	return did > 0 && l.left.Add(-did) == 0
}

// close ends the workers.
func (p *cpuPool) close() {
	p.start(nil)
	p.done.Wait()
}
