package ui

import (
	"strings"
	"sync"
	"time"

	"zachin/app"
	"zachin/app/models"
)

// frame is the least time between two deliveries. Text that grows 30 times a second looks as if it flowed, and where the
// processor has to paint as well as to compute, painting more often made the window slower to answer: measured with
// software OpenGL on two cores, its median delay went from 13 ms to 1 ms.
const frame = time.Second / 30

// update is what has happened since the last delivery.
type update struct {
	text  strings.Builder // of the model
	parts []part          // of variants
	state *app.State      // the latest
	count *app.Count      // the latest
	saved *error          // how the latest attempt to save went
	told  []error         // what a person should know of a loading
	jobs  []models.Job    // the latest of each model that has changed
	list  *listing        // the latest
	shelf *shelf          // the latest

	documents *documentsFor // the latest
	api       *app.Serving  // the latest
	runs      *runs         // the latest
	read      *read         // the latest
	ended     *outcome      // a generation is over, and text holds the last of it
	shows     []func()      // what other work has come to, in its order
}

// outcome is how a generation ended.
type outcome struct {
	result app.Result
	made   []app.Variant // where there were several; result is then the last one's
	err    error
}

// part is a piece of a variant's text.
type part struct {
	variant int
	text    string
}

// bridge brings what happens elsewhere to Fyne's goroutine, once a frame at most. It is the only way there: every other
// function of this package runs on Fyne's goroutine already.
type bridge struct {
	do      func(func()) // has a function run on Fyne's goroutine, later
	deliver func(*update)

	mu      sync.Mutex
	pending *update
	due     bool // a delivery is on its way
	last    time.Time
}

func newBridge(do func(func()), deliver func(*update)) *bridge {
	return &bridge{do: do, deliver: deliver, pending: &update{}}
}

// add notes something that has happened. Any goroutine may call it.
func (b *bridge) add(change func(*update)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b.pending)
	if !b.due {
		b.due = true
		b.after(frame-time.Since(b.last), b.flush)
	}
}

// show has a function run on Fyne's goroutine, behind those shown before it. Any goroutine may call it.
func (b *bridge) show(f func()) { b.add(func(u *update) { u.shows = append(u.shows, f) }) }

// flush delivers what there is, at once. On Fyne's goroutine.
func (b *bridge) flush() {
	b.mu.Lock()
	u := b.pending
	b.pending, b.due, b.last = &update{}, false, time.Now()
	b.mu.Unlock()
	b.deliver(u)
}

// after runs a function on Fyne's goroutine after some time; stopping the timer that it returns prevents that.
func (b *bridge) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(max(0, d), func() { b.do(f) })
}

// observer is how an App speaks across the bridge.
func (b *bridge) observer() app.Observer {
	return app.Observer{
		State:   func(s app.State) { b.add(func(u *update) { u.state = &s }) },
		Counted: func(c app.Count) { b.add(func(u *update) { u.count = &c }) },
		Noticed: func(err error) { b.add(func(u *update) { u.told = append(u.told, err) }) },
		Job:     func(j models.Job) { b.add(func(u *update) { u.jobs = latest(u.jobs, j) }) },
		Serving: func(s app.Serving) { b.add(func(u *update) { u.api = &s }) },
		Saved:   func(err error) { b.add(func(u *update) { u.saved = &err }) },
	}
}
