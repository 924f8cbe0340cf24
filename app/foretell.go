package app

import (
	"context"
	"errors"

	"zachin/app/perplexity"
	"zachin/engine"
)

// Windows says how texts longer than the context are cut; see [engine.Windows].
type Windows struct {
	Size   int // tokens; more than the model's context means all of it
	Stride int // 0: windows that do not overlap
}

// Foretold is how well the model in use foretells texts: all of them together, and along them or one by one.
type Foretold struct {
	perplexity.Curve
	Quant string `json:"quant"` // how the weights are held
}

// Foretell measures texts. The points of one text are its windows; of several, the texts: From and To are then their numbers. Texts
// too short to be measured have no point. Errors: those of Lend and of [engine.Model.Perplexity]; engine.ErrEmptyPrompt if none can
// be measured.
func (a *App) Foretell(ctx context.Context, texts []string, how Windows, progress func(done, total int64)) (f Foretold, err error) {
	err = a.Lend(ctx, func(ctx context.Context, m Model) error {
		f.Quant = m.Quant().String()
		w := engine.Windows{Size: min(how.Size, m.Config().Positions), Stride: how.Stride}
		if len(texts) == 1 {
			w.Each = func(_ engine.WindowLikelihood, done, total int) { progress(int64(done), int64(total)) }
			f.Curve, err = perplexity.Measure(ctx, m, texts[0], w)
			return err
		}
		for i, text := range texts {
			one, err := perplexity.Measure(ctx, m, text, w)
			progress(int64(i+1), int64(len(texts)))
			if errors.Is(err, engine.ErrEmptyPrompt) {
				continue
			}
			if err != nil {
				return err
			}
			f.Perplexity = f.Plus(one.Perplexity)
			f.Points = append(f.Points, perplexity.Point{From: i, To: i + 1, Value: one.Value})
			f.Characters += one.Characters
		}
		if f.Tokens == 0 {
			return engine.ErrEmptyPrompt
		}
		f.BitsPerCharacter = f.Bits() / float64(f.Characters)
		return nil
	})
	return f, err
}

// Fidelity is the verdict of [App.SelfTest].
type Fidelity = engine.SelfTestResult

// SelfTest tells whether the device computes with the model in use as plain code does; see [engine.Model.SelfTest].
func (a *App) SelfTest(ctx context.Context) (f Fidelity, err error) {
	err = a.Lend(ctx, func(ctx context.Context, m Model) error {
		f, err = m.SelfTest(ctx)
		return err
	})
	return f, err
}
