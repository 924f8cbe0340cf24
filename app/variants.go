package app

import (
	"context"
	"strings"
	"time"

	"zachin/app/session"
)

// Variant is one of several continuations of the same text.
type Variant struct {
	Result
	Text string // what the model wrote
	// Branch is the node of the document's tree that holds it, for [App.Branch]; 0 where there is none, because another
	// window has changed the document.
	Branch int64
}

// Variants has the model write into a text n times at the same offset, as [App.Generate] does once, with a seed that is one higher each
// time: so each can be made again by itself. Each becomes a branch, and the text stays as it was. It hands every piece to show. When
// ctx ends it returns what there is until then, the variant under way included, together with ctx's error.
func (a *App) Variants(ctx context.Context, d Document, at int, p Params, n int, show func(variant int, piece string)) ([]Variant, error) {
	ctx, m, j, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer a.end(m, j)
	var made []Variant
	for i := range n {
		v, err := a.variant(ctx, m, j, d, at, p, func(piece string) { show(i, piece) })
		if v.Text != "" || err == nil {
			made = append(made, v)
		}
		if err != nil {
			return made, err
		}
		p.Seed++
	}
	return made, nil
}

// variant makes one, and keeps it. What of it there is when the process is killed is the document's text at the next start.
func (a *App) variant(ctx context.Context, m Model, j *job, d Document, at int, p Params, show func(piece string)) (v Variant, err error) {
	var text strings.Builder
	kept := time.Now()
	v.Result, err = a.write(ctx, m, j, d, at, p, func(piece string) {
		text.WriteString(piece)
		if time.Since(kept) >= keepPause {
			a.Edited(insert(d, at, text.String()))
			kept = time.Now()
		}
		show(piece)
	})
	v.Text = text.String()
	branch, failed := a.desk.setAside(d, insert(d, at, v.Text), v.card)
	if v.Branch = branch; err == nil {
		err = failed
	}
	return v, err
}

// insert puts what the model wrote into a text.
func insert(d Document, at int, text string) Document {
	made := Document{Text: d.Text[:at] + text + d.Text[at:]}
	for _, s := range d.Spans {
		if head := min(s.To, at); s.From < head {
			made.Spans = append(made.Spans, Span{From: s.From, To: head, Edited: s.Edited})
		}
	}
	if text != "" {
		made.Spans = append(made.Spans, Span{From: at, To: at + len(text)})
	}
	for _, s := range d.Spans {
		if tail := max(s.From, at); tail < s.To {
			made.Spans = append(made.Spans, Span{From: tail + len(text), To: s.To + len(text), Edited: s.Edited})
		}
	}
	return made
}

// setAside keeps what a generation has come to as a branch, and the text that it began from as the document's.
func (d *desk) setAside(from, to Document, c session.Card) (branch int64, err error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	d.mu.Lock()
	d.draft.Body = from
	if branch = d.node; branch == 0 {
		d.stale = true
		d.mu.Unlock()
		return 0, nil
	}
	entry, draft := d.entry, d.draft
	d.stale = false
	d.mu.Unlock()
	saved, err := d.store.SetAside(d.ctx, entry, draft, branch, to, c)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.stale = true
		return 0, err
	}
	d.node = 0
	d.saved(saved)
	if saved.Copied {
		branch = 0
	}
	return branch, nil
}
