package glcompute

import (
	"context"
	"runtime"
)

// thread is one OS thread that runs functions in turn: OpenGL binds a context to a thread, and a call from another
// one does nothing, silently.
type thread struct {
	calls chan func()
}

func newThread() *thread {
	t := &thread{calls: make(chan func())}
	go func() {
		// Never unlocked: when the goroutine ends, so does the thread, and with it whatever the driver kept there.
		runtime.LockOSThread()
		for f := range t.calls {
			f()
		}
	}()
	return t
}

// run runs f on the thread and waits for it. It gives up only before f starts: work on the GPU cannot be left half
// submitted.
func (t *thread) run(ctx context.Context, f func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done := make(chan struct{})
	select {
	case t.calls <- func() { defer close(done); f() }:
		<-done
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop ends the thread. Nothing may call run afterwards.
func (t *thread) stop() { close(t.calls) }
