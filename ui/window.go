// Package ui is the window: an editor in which a person and the model write one text, with everything else at its edge.
// It shows what package app does, and knows no model and no device.
//
//	keys, pointer → Window → app.App ─ goroutines of its own ─ bridge (at most once a frame) → Window
//
// One file for each visible thing: topbar.go, menu.go and device.go, documents.go, heading.go, tour.go, side.go, data*.go, params.go with presets.go and fields.go, strip.go, variants.go, keys.go, hint.go, compose*.go; writing.go
// is what happens between the editor and the model. The words stand in assets/translations under ui.
package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/i18n"
	"zachin/app/models"
	"zachin/app/session"
	"zachin/assets"
	"zachin/ui/editor"
	"zachin/ui/textbuf"
)

// Window is the program's one window.
type Window struct {
	ctx    context.Context // of everything the window begins
	fyne   fyne.App
	window fyne.Window
	app    *app.App
	bridge *bridge
	words  *i18n.Strings
	serif  fyne.Resource // the text's font
	editor *editor.Editor
	over   dialog.Dialog // what is open over the window, nil for nothing

	// Parts that build makes anew when the language, the theme or the scale changes.
	hints      *hints
	top        *topBar
	stage      *fyne.Container              // where the places are
	rooms      map[string]fyne.CanvasObject // those that were visited, by id
	docs       *documents
	heading    *heading
	params     *params
	chances    *chances
	sight      *sight
	side       *side
	tour       *tour
	offer      *offer
	models     *modelsPage // nil before the first visit
	data       *dataSet
	batch      *batchTool
	scorer     *scoringTool
	gauge      *perplexityTool
	composer   *composer
	desk       *fyne.Container // in the text's place: the text, and the composer once it was visited
	workshop   *workshop       // nil before the first visit
	strip      *strip
	page       *fyne.Container // the editor and what stands below it
	several    *variants
	card       *runCard
	branches   *branches
	comparison *comparison
	finder     *finder
	palette    *commandPalette // open or not; nil before it was opened
	sheet      *widget.PopUp   // the list of keys, or settings; nil before the first was opened

	at   string // the place that is seen
	tool string // of the place of data, the one that is open

	// What the parts show.
	state  app.State
	count  app.Count
	latest app.Result // of the generation before or under way
	note   note
	lib    library
	shelf  shelf
	query  session.Query // what of the documents is listed
	asked  int           // the number of the latest question about them

	reading reading
	serving app.Serving
	api     *apiSheet // nil before it was opened
	heat    bool      // the text is coloured by surprise

	writing   context.CancelFunc // ends a generation whose outcome has not been seen yet; nil if there is none
	then      func()             // what waits for its end
	search    search             // what is looked for in the text
	runs      runs               // that have led to the text
	runsAsked int                // the number of the latest question about them
	choice    *choice            // of variants that are shown; nil if there are none
	remake    *remake            // a run that is made again; nil if none is
	settle    *time.Timer        // runs while the text is ahead of app
	closing   bool

	histories map[int64]*textbuf.Buffer // documents that were open, by id
}

// newWindow builds the window, filled with what app remembers. do has a function run on Fyne's goroutine.
func newWindow(ctx context.Context, f fyne.App, a *app.App, language func() string, do func(func())) *Window {
	s := a.Settings()
	w := &Window{
		ctx: ctx, fyne: f, app: a, state: a.State(), at: textPlace, lib: library{jobs: map[string]models.Job{}},
		query: session.Query{Limit: mostListed}, reading: reading{stale: true, pointed: -1}, histories: map[int64]*textbuf.Buffer{},
	}
	w.bridge = newBridge(do, w.receive)
	w.words = i18n.New(pick(s.Language, language))
	w.data, w.batch, w.scorer, w.gauge = newDataSet(w), newBatchTool(w), newScoringTool(w), newPerplexityTool(w)
	w.composer = newComposer(w)
	f.Settings().SetTheme(newDesk(s))
	w.window = f.NewWindow("Зачин")
	w.window.SetPadded(false)
	w.window.SetCloseIntercept(w.close)
	w.window.SetOnDropped(func(_ fyne.Position, dropped []fyne.URI) { w.dropped(dropped) })
	w.serif = fyne.NewStaticResource("PTSerif", assets.Serif.TTF())
	w.editor = editor.New(w.serif, editor.Labels{})
	w.editor.SetBuffer(restore(a.Document()))
	w.editor.OnChanged, w.editor.OnCaretMoved, w.editor.OnPointed = w.changed, w.caretMoved, w.pointed
	w.editor.OnZoom = func(step int) { w.scaleBy(step * scaleStep) }
	w.editor.OnShortcut = func(sc fyne.Shortcut) { w.shortcut(sc) }
	w.bindKeys()
	f.Lifecycle().SetOnEnteredForeground(w.reload) // another window may have changed the documents
	w.notice(a.Notices())
	w.build()
	w.window.Resize(fyne.NewSize(s.Width, s.Height))
	w.editor.Select(w.editor.Buffer().Len(), w.editor.Buffer().Len())
	return w
}

// pick is the language set, or that of the system.
func pick(set string, system func() string) string {
	if set != "" {
		return set
	}
	return system()
}

// build puts the window together in the present language, theme and scale. The editor, its text and its history stay.
func (w *Window) build() {
	s := w.app.Settings()
	w.window.SetTitle(w.words.T("ui.title"))
	w.editor.SetLabels(w.editorLabels())
	w.editor.SetTextSize(editor.DefaultTextSize * float32(s.Scale) / app.FullScale)
	w.hints = newHints(w.bridge)
	w.top = newTopBar(w)
	w.docs = newDocuments(w)
	w.heading = newHeading(w)
	w.params = newParams(w)
	w.chances, w.sight = newChances(w), newSight(w)
	w.card, w.branches, w.comparison = newRunCard(w), newBranches(w), newComparison(w)
	w.side = newSide(w)
	w.tour, w.offer = newTour(w), newOffer(w)
	w.strip = newStrip(w)
	w.several = newVariants(w)
	w.finder = newFinder(w)
	w.stage, w.rooms, w.models = container.NewStack(), map[string]fyne.CanvasObject{}, nil
	w.workshop, w.composer.page = nil, nil
	all := container.NewBorder(
		container.NewVBox(w.top.content, widget.NewSeparator()),
		w.strip.content,
		nil, nil, w.stage)
	w.window.SetContent(container.NewStack(all, w.hints.layer))
	w.goTo(w.at)
	w.reload()
	w.relayout() // now that the note knows its width, and so its height
}

// newDesk is the place of the text.
func (w *Window) newDesk() fyne.CanvasObject {
	w.page = container.New(shared{variantsShare}, w.editor, w.several.content)
	w.desk = container.NewStack(container.NewBorder(container.NewVBox(w.heading.content, w.tour.content, w.offer.content, w.finder.content),
		nil, nil, nil, container.NewStack(w.page, w.comparison.content)))
	w.composer.show()
	return container.NewBorder(nil, nil, w.docs.content, w.side.content, w.desk)
}

// relayout follows a part that has come to need another size.
func (w *Window) relayout() {
	if content := w.window.Content(); content != nil {
		content.Refresh()
	}
}

// refresh shows the present state of everything but the text.
func (w *Window) refresh() {
	w.top.refresh()
	w.strip.refresh()
	w.tour.refresh()
	w.offer.refresh()
	w.composer.refresh()
	if w.models != nil {
		w.models.refresh()
	}
	if w.workshop != nil {
		w.workshop.refresh()
	}
}

// set changes the settings that the whole window depends on.
func (w *Window) set(change func(*app.Settings)) {
	s := w.app.Settings()
	change(&s)
	w.app.Set(s)
	w.words = i18n.New(pick(s.Language, w.words.Language))
	w.fyne.Settings().SetTheme(newDesk(s))
	w.build()
}

// scaleBy makes everything larger or smaller, in per cent of the size designed at.
func (w *Window) scaleBy(percent int) { w.scaleTo(w.app.Settings().Scale + percent) }

func (w *Window) scaleTo(percent int) {
	percent = max(app.MinScale, min(percent, app.MaxScale))
	if percent != w.app.Settings().Scale {
		w.set(func(s *app.Settings) { s.Scale = percent })
	}
}

// receive shows what came across the bridge.
func (w *Window) receive(u *update) {
	if w.closing {
		return
	}
	w.write(u.text.String())
	w.writeParts(u.parts)
	if u.state != nil {
		loaded := w.state.Phase == app.Loading && u.state.Phase == app.Ready
		w.state = *u.state
		w.editor.SetSpecials(w.state.Model.Specials)
		if !w.lib.asked { // app has started
			w.lib.asked = true
			w.list()
		}
		if loaded {
			w.patternNote()
			w.overtaken()
			w.look()
		}
		w.goOnRemaking()
	}
	if u.count != nil {
		w.count = *u.count
		w.editor.SetOutside(w.count.From)
	}
	w.noticed(u.told)
	w.shelve(u)
	if u.shelf != nil {
		w.documentsFound(*u.shelf)
	}
	if u.runs != nil {
		w.runsFound(*u.runs)
	}
	if u.documents != nil && w.palette != nil {
		w.palette.documentsFound(*u.documents)
	}
	if u.saved != nil {
		w.saved(*u.saved)
	}
	if u.ended != nil {
		w.ended(*u.ended)
	}
	if u.read != nil {
		w.answered(*u.read)
	}
	if u.api != nil {
		w.served(*u.api)
	}
	for _, show := range u.shows {
		show()
	}
	w.refresh()
}

// close saves everything, and only then lets the window go.
func (w *Window) close() {
	if w.closing {
		return
	}
	w.stop()
	w.bridge.flush() // the last of the model's text
	s := w.app.Settings()
	if size := w.window.Canvas().Size(); size.Width > 0 && size.Height > 0 {
		s.Width, s.Height = size.Width, size.Height
	}
	w.app.Set(s)
	w.app.Edited(w.document())
	if err := w.app.Save(); err != nil && w.note.kind != lastWarning {
		w.say(note{kind: lastWarning, text: w.words.T("ui.unsaved.close", "Cause", w.words.Error(err))})
		return
	}
	w.data.close()
	w.closing = true
	w.window.Close()
}

func (w *Window) editorLabels() editor.Labels {
	t := w.words.T
	return editor.Labels{
		Placeholder: t("ui.editor.placeholder"),
		Undo:        t("ui.edit.undo"), Redo: t("ui.edit.redo"),
		Cut: t("ui.edit.cut"), Copy: t("ui.edit.copy"), Paste: t("ui.edit.paste"), Delete: t("ui.edit.delete"),
		SelectAll: t("ui.edit.select_all"), Special: t("ui.edit.special"),
	}
}

// hinted is the manners of a control with a hint.
func (w *Window) hinted(what func() hint) manners {
	return manners{hints: w.hints, hint: what, key: w.key, shortcut: w.shortcut}
}

// manners is those of a control with the hint <id>.hint and the key that does the same.
func (w *Window) manners(id string) manners {
	return w.hinted(func() hint { return hint{title: w.words.T(id + ".hint")} })
}

// paramManners is those of a parameter's control.
func (w *Window) paramManners(id string) manners {
	return w.hinted(func() hint {
		t := w.words.T
		return hint{title: t("ui.param."+id) + " (" + id + ")", body: t("ui.param." + id + ".help")}
	})
}

// fieldManners also tells the range.
func (w *Window) fieldManners(f field) manners {
	m := w.paramManners(f.id)
	plain := m.hint
	m.hint = func() hint {
		h := plain()
		h.body += " " + w.words.T("ui.param.range", "From", w.number(f.from), "To", w.number(f.to))
		return h
	}
	return m
}
