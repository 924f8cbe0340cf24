package download

import (
	"sync"
	"time"
)

// Phase is what is being done for a model.
type Phase uint8

// The phases, in the order in which they usually come.
const (
	Waiting  Phase = iota // for another process that works on the same model
	Asking                // the hub for its list of files
	Checking              // what is on the disk already
	Fetching
	Retrying // after an error; see Progress.Err and Progress.Pause
)

// Progress is how far the work for a model has come.
type Progress struct {
	Phase     Phase
	Name      string // of the file, or of the model
	Done      int64  // bytes in place, what was there before included
	Total     int64  // bytes of all files together; 0 while unknown
	PerSecond float64
	Left      time.Duration // 0 while unknown
	Err       error         // of Retrying: why, an *Error
	Pause     time.Duration // of Retrying: until when
}

const (
	progressPause = 100 * time.Millisecond // at least, between two reports of the same phase
	sampleEvery   = 500 * time.Millisecond
	samples       = 12 // speed is measured over the last few seconds
)

// sample is how many bytes had been fetched at a moment.
type sample struct {
	at      time.Time
	fetched int64
}

// tracker collects what several connections do, and reports it. Any goroutine may use it.
type tracker struct {
	watch func(Progress)

	mu      sync.Mutex
	now     Progress
	fetched int64 // from the network
	recent  []sample
	told    time.Time
}

func newTracker(watch func(Progress), name string, total int64) *tracker {
	if watch == nil {
		watch = func(Progress) {}
	}
	return &tracker{watch: watch, now: Progress{Name: name, Total: total}}
}

// enter begins a phase, which is reported at once.
func (t *tracker) enter(phase Phase) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Phase = phase
	t.tell(time.Now())
}

// file begins a file.
func (t *tracker) file(name string, phase Phase) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Name, t.now.Phase = name, phase
	t.tell(time.Now())
}

// found adds bytes that were there already; a negative number takes back what turned out to be of no use.
func (t *tracker) found(n int64) { t.add(n, 0) }

// came adds bytes from the network.
func (t *tracker) came(n int) {
	t.add(int64(n), int64(n))
}

func (t *tracker) add(done, fetched int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Done += done
	t.fetched += fetched
	now := time.Now()
	if fetched > 0 {
		if t.now.Phase == Retrying {
			t.now.Phase, t.now.Err, t.now.Pause = Fetching, nil, 0
		}
		t.measure(now)
	}
	if now.Sub(t.told) >= progressPause || t.now.Done == t.now.Total {
		t.tell(now)
	}
}

// measure keeps the speed over the last samples.
func (t *tracker) measure(now time.Time) {
	if n := len(t.recent); n == 0 || now.Sub(t.recent[n-1].at) >= sampleEvery {
		t.recent = append(t.recent, sample{now, t.fetched})
	}
	if len(t.recent) > samples {
		t.recent = t.recent[1:]
	}
	first := t.recent[0]
	if passed := now.Sub(first.at); passed >= sampleEvery {
		t.now.PerSecond = float64(t.fetched-first.fetched) / passed.Seconds()
	}
	t.now.Left = 0
	if t.now.PerSecond > 0 {
		t.now.Left = time.Duration(float64(t.now.Total-t.now.Done) / t.now.PerSecond * float64(time.Second))
	}
}

// retrying reports a pause after an error.
func (t *tracker) retrying(err error, pause time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Phase, t.now.Err, t.now.Pause = Retrying, err, pause
	t.tell(time.Now())
}

// tell reports; under the lock, so that reports come in their order.
func (t *tracker) tell(now time.Time) {
	t.told = now
	t.watch(t.now)
}
