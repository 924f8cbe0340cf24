package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app/dataset"
	"zachin/app/models"
	"zachin/app/workbench"
)

// newTemplateStep is how rows are framed, shown on real ones.
func newTemplateStep(d *dataSet) stepPage {
	w, f := d.w, newForm(d)
	shape := d.bench.Project().Shape
	rows := []fyne.CanvasObject{f.row("shape", f.shape()), f.row("model", f.model()), f.frame("before", func(p *dataset.Project) *string { return &p.Template.Before })}
	if shape == dataset.Dialog {
		rows = append(rows,
			f.turn("turn.system", `{{content}}\n`, func(p *dataset.Project) *string { return &p.Template.Turns.System }),
			f.turn("turn.user", `Пользователь: {{content}}\n`, func(p *dataset.Project) *string { return &p.Template.Turns.User }),
			f.turn("turn.assistant", `Ответ: {{content}}\n`, func(p *dataset.Project) *string { return &p.Template.Turns.Assistant }))
	}
	if shape != dataset.PlainText {
		rows = append(rows, f.frame("separator", func(p *dataset.Project) *string { return &p.Template.Separator }))
	}
	rows = append(rows, f.frame("after", func(p *dataset.Project) *string { return &p.Template.After }),
		f.frame("between", func(p *dataset.Project) *string { return &p.Template.Between }))
	note := wrap(w.words.T("ui.data.template.note"))
	note.Importance = widget.LowImportance
	use := newButton(w.manners("ui.data.template.use"), w.words.T("ui.data.template.use"), nil, d.useTemplate)
	list := newSampleList(d, func(s workbench.Sample) fyne.CanvasObject { return w.parts(s.Parts) })
	content := container.New(tight{12}, w.roomy(container.New(tight{4}, rows...)), f.wrong, container.NewBorder(nil, nil, nil, container.NewVBox(use), note), subtitle(w.words.T("ui.data.samples")), list.content)
	return stepPage{content, func() {
		f.refresh()
		list.refresh()
	}}
}

// useTemplate opens the template in the composer.
func (d *dataSet) useTemplate() {
	p := d.bench.Project()
	t, err := p.Template.ForPrompts(d.bench.Name(), p.Shape)
	if err == nil {
		err = d.w.composer.book.Adopt(t)
	}
	if err != nil {
		d.tell(err)
		return
	}
	d.w.openTemplate(d.w.composer.book.Name())
}

// model is the choice of whose tokenizer counts: any model that is here.
func (f *form) model() fyne.CanvasObject {
	w := f.d.w
	return f.choice("model", func() []option {
		now := f.d.bench.Project().Model
		list := []option{{now, w.title(now)}}
		for _, m := range w.lib.models {
			if here := m.State == models.Ready || m.State == models.Embedded; here && m.ID != now {
				list = append(list, option{m.ID, w.title(m.ID)})
			}
		}
		return list
	}, func(p *dataset.Project) string { return p.Model }, func(p *dataset.Project, v string) { p.Model = v })
}

// frame is a text of the template, with a menu of the vocabulary's special tokens.
func (f *form) frame(id string, at func(p *dataset.Project) *string) fyne.CanvasObject {
	return f.row(id, f.insertable(f.text(id, at), id, func() []string {
		if f.d.view == nil {
			return nil
		}
		return append([]string{`\n`}, f.d.view.Specials...)
	}, false))
}

// turn is a pattern for the turns of one side of a dialogue; an empty one is the usual.
func (f *form) turn(id, usual string, at func(p *dataset.Project) *string) fyne.CanvasObject {
	e := f.text(id, at)
	e.SetPlaceHolder(usual)
	return f.row(id, e)
}

// parts shows the pieces of a row: the template's in the accent, special tokens bold, line ends marked.
func (w *Window) parts(list []workbench.Part) *widget.RichText {
	return rich(list, func(p workbench.Part) widget.RichTextStyle {
		s := widget.RichTextStyleInline
		s.TextStyle.Bold = p.Special
		if p.Frame || p.Special {
			s.ColorName = theme.ColorNamePrimary
		}
		return s
	})
}

// mask shows where training takes loss: there the text is in the accent and underlined, elsewhere quiet.
func (w *Window) mask(list []workbench.Part) *widget.RichText {
	return rich(list, func(p workbench.Part) widget.RichTextStyle {
		s := widget.RichTextStyleInline
		s.ColorName = theme.ColorNamePlaceHolder
		if p.Loss {
			s.ColorName, s.TextStyle.Underline = theme.ColorNamePrimary, true
		}
		return s
	})
}

func rich(list []workbench.Part, style func(workbench.Part) widget.RichTextStyle) *widget.RichText {
	var segments []widget.RichTextSegment
	for _, p := range list {
		segments = append(segments, &widget.TextSegment{Text: strings.ReplaceAll(p.Text, "\n", "¶\n"), Style: style(p)})
	}
	text := widget.NewRichText(segments...)
	text.Wrapping = fyne.TextWrapWord
	return text
}

// sampleList shows the first rows, one below the other.
type sampleList struct {
	d       *dataSet
	draw    func(workbench.Sample) fyne.CanvasObject
	content *fyne.Container
	shown   *workbench.View
}

func newSampleList(d *dataSet, draw func(workbench.Sample) fyne.CanvasObject) *sampleList {
	return &sampleList{d: d, draw: draw, content: container.New(tight{8})}
}

func (l *sampleList) refresh() {
	v := l.d.view
	if v == nil || l.shown == v {
		return
	}
	l.shown = v
	l.content.Objects = nil
	for _, s := range v.Samples {
		x := s.Example
		head := widget.NewLabel(l.d.w.words.T("ui.data.sample", "Row", x.Row, "File", x.Source, "Line", x.Line, "Tokens", s.Tokens))
		head.Importance, head.Truncation = widget.LowImportance, fyne.TextTruncateEllipsis
		l.content.Add(boxed(head, l.draw(s)))
	}
	if len(v.Samples) == 0 {
		l.content.Add(wrap(l.d.w.words.T("ui.data.samples.none")))
	}
	l.content.Refresh()
}

// boxed is a card of what stands below each other.
func boxed(objects ...fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(cardEdge(), container.New(inset{8}, container.New(tight{}, objects...)))
}
