package serve

import (
	"context"
	"net/http"
	"sync"
	"time"

	"zachin/app/completions"
	"zachin/app/plainjson"
)

// maxBacklog is how far a client may be behind its stream, in bytes.
const maxBacklog = 16 << 20

// stream answers with events as they come. The model is left as soon as it has made them, however slowly they are taken.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, request completions.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	box := newOutbox(cancel)
	var made sync.WaitGroup
	made.Go(func() {
		defer box.close()
		box.fail(s.lend(ctx, func(ctx context.Context, m Model) error { return s.fill(ctx, box, m, request) }))
	})
	box.deliver(w)
	cancel() // a client that has gone needs no more text
	made.Wait()
}

// fill makes the events.
func (s *Server) fill(ctx context.Context, box *outbox, m Model, request completions.Request) error {
	run, err := s.newRun(m, request)
	if err != nil {
		return err
	}
	run.send = func(c completions.Choice) {
		event := run.answer
		event.Choices = []completions.Choice{c}
		box.put(event)
	}
	whole, err := withTurn(ctx, s, func() (completions.Response, error) { return run.whole(ctx) })
	if o := request.StreamOptions; err == nil && o != nil && o.IncludeUsage {
		whole.Choices = []completions.Choice{}
		box.put(whole)
	}
	return err
}

// outbox holds events between the model, which never waits, and the client, which may be slow.
type outbox struct {
	mu      sync.Mutex
	changed sync.Cond
	events  [][]byte
	bytes   int
	err     error
	closed  bool
	giveUp  func() // ends the making of events
}

func newOutbox(giveUp func()) *outbox {
	b := &outbox{giveUp: giveUp}
	b.changed.L = &b.mu
	return b
}

// put adds an event.
func (b *outbox) put(v any) {
	data, err := plainjson.Line(v)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil && b.bytes+len(data) > maxBacklog {
		err = errSlow
	}
	if err != nil {
		b.err = err
		b.giveUp()
		return
	}
	b.events, b.bytes = append(b.events, data), b.bytes+len(data)
	b.changed.Signal()
}

// fail keeps the first error, if there is one, which is told after the events there are.
func (b *outbox) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

// close says that nothing more comes.
func (b *outbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.changed.Signal()
}

// take waits for the next event; nil is the end.
func (b *outbox) take() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.events) == 0 && !b.closed {
		b.changed.Wait()
	}
	if len(b.events) == 0 {
		return nil
	}
	event := b.events[0]
	b.events, b.bytes = b.events[1:], b.bytes-len(event)
	return event
}

// deliver writes the events until their end, or until the client does not take them. An error before the first one is an
// ordinary answer.
func (b *outbox) deliver(w http.ResponseWriter) {
	event := b.take()
	if event == nil {
		fail(w, b.err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	for ; event != nil; event = b.take() {
		if !sendEvent(w, event) {
			return
		}
	}
	if b.err != nil {
		event, err := plainjson.Line(failure(describe(b.err)))
		if err == nil {
			sendEvent(w, event)
		}
		return // without the end, so that nobody takes it for whole
	}
	sendEvent(w, []byte(completions.StreamEnd+"\n"))
}

// sendEvent writes one event, which ends in a line break, and tells whether the client has taken it.
func sendEvent(w http.ResponseWriter, event []byte) bool {
	control := http.NewResponseController(w)
	if control.SetWriteDeadline(time.Now().Add(writeTime)) != nil {
		return false
	}
	text := append([]byte(completions.EventPrefix), event...)
	if _, err := w.Write(append(text, '\n')); err != nil {
		return false
	}
	return control.Flush() == nil
}
