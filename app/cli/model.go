package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"zachin/engine"
	"zachin/engine/tokenizer"
)

// withModel loads the model that the flags name, with its weights as asked for, lets do use it, and frees it.
func (s *session) withModel(ctx context.Context, weights precision, do func(m *engine.Model) error) error {
	src, err := s.store.Source(s.Model)
	if err != nil {
		return err
	}
	return s.withSource(ctx, src, weights, func(m *engine.Model, _ time.Duration) error { return do(m) })
}

// withSource is withModel for a model of any source, and tells how long loading took.
func (s *session) withSource(ctx context.Context, src engine.Source, weights precision, do func(m *engine.Model, loading time.Duration) error) (err error) {
	start := time.Now()
	bar := s.progress("")
	opt := weights.options()
	opt.Device, opt.Pattern, opt.Cache = s.Device, s.Pattern, s.Cache
	stage := engine.Preparing
	opt.Progress = func(p engine.Progress) {
		if p.Stage != stage { // a short one shows nothing
			bar.end()
			bar, stage = s.progress(""), p.Stage
		}
		bar.line(p.Done, p.Total, func() string { return s.say.Loading(p) })
	}
	opt.Notice = func(err error) {
		bar.end()
		s.note(s.say.Error(err))
	}
	m, err := engine.Load(ctx, src, opt)
	loading := time.Since(start)
	bar.end()
	if err != nil {
		return err
	}
	defer func() {
		if closing := m.Close(); closing != nil {
			err = errors.Join(err, closing)
		}
	}()
	device := m.Device()
	s.note(s.say.T("cli.loaded", "Model", m.Name(), "Device", device.Name, "API", device.API))
	s.noteMissing(m.Tokenizer())
	s.noteOrigin(m.Config().Origin)
	return do(m, loading)
}

// noteOrigin tells about a conversion that has lost the attention pattern.
func (s *session) noteOrigin(origin engine.PatternOrigin) {
	switch origin {
	case engine.PatternLost:
		s.note(s.say.T("cli.pattern_lost"))
	case engine.PatternRestored:
		s.note(s.say.T("cli.pattern_restored"))
	}
}

// noteMissing tells which special tokens of the model's card are ordinary text in this vocabulary.
func (s *session) noteMissing(t *tokenizer.Tokenizer) {
	if missing := t.MissingSpecials(); len(missing) > 0 {
		s.note(s.say.T("cli.missing_specials", "Names", strings.Join(missing, ", ")))
	}
}

// fits complains when a text has more tokens than the model's context.
func (s *session) fits(m *engine.Model, ids []int32) error {
	if most := m.Config().Positions; len(ids) > most {
		return s.failure("cli.too_long", "Tokens", len(ids), "Limit", most)
	}
	return nil
}

// known complains about an id that the model does not have.
func (s *session) known(m *engine.Model, ids []int32) error {
	rows := m.Config().Vocab
	for _, id := range ids {
		if id < 0 || int(id) >= rows {
			return s.usage("cli.unknown_id", "ID", id, "Last", rows-1)
		}
	}
	return nil
}

// progress shows how far a long work is: on a terminal one line that is rewritten, elsewhere a line every tenth of it.
// Short work shows nothing.
type progress struct {
	s         *session
	id        string // of a sentence with {{.Percent}}, for show
	terminal  bool
	start     time.Time
	last      time.Time // rewritten
	lastTenth int64
	shown     bool
}

const (
	progressDelay = time.Second
	progressPause = 100 * time.Millisecond
)

func (s *session) progress(id string) *progress {
	p := &progress{s: s, id: id, start: time.Now()}
	if f, ok := s.Stderr.(*os.File); ok {
		info, err := f.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// show tells that done of total are done, bytes or anything else.
func (p *progress) show(done, total int64) { p.showWith(done, total) }

// showWith is show for a sentence with more fields.
func (p *progress) showWith(done, total int64, fields ...any) {
	p.line(done, total, func() string { return p.s.say.T(p.id, append(fields, "Percent", 100*done/total)...) })
}

// line is show in words of the caller's.
func (p *progress) line(done, total int64, words func() string) {
	now := time.Now()
	if total <= 0 || now.Sub(p.start) < progressDelay {
		return
	}
	switch tenth := 10 * done / total; {
	case p.terminal && now.Sub(p.last) >= progressPause:
		fmt.Fprintf(p.s.Stderr, "\r\033[K%s", words())
		p.last, p.shown = now, true
	case !p.terminal && tenth > p.lastTenth:
		p.s.note(words())
		p.lastTenth = tenth
	}
}

// end clears the line for what comes next. Anything may be shown afterwards, another part of the work too.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.s.Stderr, "\r\033[K")
		p.shown = false
	}
}
