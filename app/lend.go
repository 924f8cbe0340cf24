package app

import (
	"context"
	"errors"
	"sync"
)

// ErrReplaced says that work with the model ended because another one has taken its place.
var ErrReplaced = errors.New("another model has taken the place of the one at work")

// loans are what a loaded model is lent out for, beside the generation under way.
type loans struct {
	ctx  context.Context // of all of them
	call context.CancelCauseFunc
	out  sync.WaitGroup
}

func newLoans(ctx context.Context) *loans {
	l := &loans{}
	l.ctx, l.call = context.WithCancelCause(ctx)
	return l
}

// recall ends all loans, and returns when the model is free. The caller has seen to it that there are no new ones.
func (l *loans) recall() {
	l.call(ErrReplaced)
	l.out.Wait()
}

// Lend lets use have the model, beside the generation and whoever else has it: their calls take turns on the device. The context
// of use also ends when another model is to take the place of this one, which waits for use to return. Errors: ErrNotReady,
// ErrReplaced, those of use.
func (a *App) Lend(ctx context.Context, use func(ctx context.Context, m Model) error) error {
	a.mu.Lock()
	m, l := a.model, a.loans
	if m == nil || a.state.Phase == Loading || a.ctx.Err() != nil {
		a.mu.Unlock()
		return ErrNotReady
	}
	l.out.Add(1)
	a.running.Add(1)
	a.mu.Unlock()
	defer a.running.Done()
	defer l.out.Done()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(l.ctx, func() { stop(context.Cause(l.ctx)) })()
	err := use(ctx, m)
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), ErrReplaced) {
		return ErrReplaced
	}
	return err
}
