package backend

import (
	"context"
	"iter"
	"sync"
)

// Each calls do for every item, so many at once, until one fails, and returns the first failure, or ctx's error. Calls under
// way end before it returns.
func Each[T any](ctx context.Context, parallel int, items iter.Seq[T], do func(ctx context.Context, item T) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	places := make(chan struct{}, parallel)
	for item := range items {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-places }()
			if err := do(ctx, item); err != nil {
				stop(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
