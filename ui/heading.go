package ui

import (
	"cmp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
)

// heading is the line above the text: the document's title, its folder and tags, and the branch that is shown.
type heading struct {
	w       *Window
	content *fyne.Container
	title   *entry
	labels  *entry // the folder, and tags with # before them
	branch  *widget.Label
	walk    *fyne.Container // the branch with its arrows
}

const labelsWidth = 200

func newHeading(w *Window) *heading {
	t := w.words.T
	h := &heading{w: w, branch: widget.NewLabel("")}
	h.title = newEntry(w.manners("ui.docs.title"), func(string) {}, h.refresh)
	h.title.SetPlaceHolder(t("ui.docs.untitled"))
	h.title.OnSubmitted = func(text string) {
		w.change(w.app.Documents().Rename(w.ctx, w.app.Current().ID, text))
		w.focus()
	}
	h.labels = newEntry(w.manners("ui.docs.labels"), func(string) {}, h.refresh)
	h.labels.SetPlaceHolder(t("ui.docs.labels"))
	h.labels.OnSubmitted = func(text string) {
		folder, tags := splitLabels(text)
		store, id := w.app.Documents(), w.app.Current().ID
		err := store.SetFolder(w.ctx, id, folder)
		if err == nil {
			err = store.SetTags(w.ctx, id, tags)
		}
		w.change(err)
		w.focus()
	}
	back := iconButton(w.manners("ui.branch.back"), theme.NavigateBackIcon(), func() { w.walkBranches(-1) })
	next := iconButton(w.manners("ui.branch.next"), theme.NavigateNextIcon(), func() { w.walkBranches(1) })
	h.walk = container.NewHBox(back, h.branch, next)
	row := container.NewBorder(nil, nil, nil, h.walk, container.New(headline{}, h.title, h.labels))
	h.content = container.New(inset{4}, container.NewThemeOverride(row, bare{newDesk(w.app.Settings())}))
	h.refresh()
	return h
}

// refresh shows what holds, but not over what is being typed.
func (h *heading) refresh() {
	s := h.w.shelf
	focused := h.w.window.Canvas().Focused()
	if focused != h.title {
		h.title.SetText(s.current.Title)
	}
	if focused != h.labels {
		h.labels.SetText(joinLabels(s.current.Folder, s.current.Tags))
	}
	h.title.SetPlaceHolder(cmp.Or(shortHeading(s.current.Heading), h.w.words.T("ui.docs.untitled")))
	siblings, at := s.tree.Branches()
	h.walk.Hidden = len(siblings) < 2
	h.branch.SetText(h.w.words.T("ui.branch", "At", at+1, "Of", len(siblings)))
	for _, e := range []*entry{h.title, h.labels} {
		if h.w.app.Documents() == nil {
			e.Disable()
		}
	}
}

// headline gives its second object the width of labels, but leaves most of the room to the first.
type headline struct{}

const titleShare = 0.6

func (headline) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	title := max(titleShare*size.Width, size.Width-scaled(labelsWidth))
	objects[0].Resize(fyne.NewSize(title, size.Height))
	objects[1].Move(fyne.NewPos(title, 0))
	objects[1].Resize(fyne.NewSize(size.Width-title, size.Height))
}

func (headline) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, max(objects[0].MinSize().Height, objects[1].MinSize().Height))
}

// mostHeading is how much of a text's beginning stands in the place of a title, in characters.
const mostHeading = 36

func shortHeading(text string) string {
	if runes := []rune(text); len(runes) > mostHeading {
		return strings.TrimSpace(string(runes[:mostHeading-1])) + "…"
	}
	return text
}

// rename lets a person type a title.
func (h *heading) rename() {
	h.w.goTo(textPlace)
	h.w.window.Canvas().Focus(h.title)
}

// splitLabels reads a folder and tags: "Проза #осень #дом".
func splitLabels(text string) (folder string, tags []string) {
	var words []string
	for word := range strings.FieldsSeq(text) {
		if tag, ok := strings.CutPrefix(word, "#"); ok {
			tags = append(tags, tag)
		} else {
			words = append(words, word)
		}
	}
	return strings.Join(words, " "), tags
}

// joinLabels writes what splitLabels reads.
func joinLabels(folder string, tags []string) string {
	var words []string
	if folder != "" {
		words = append(words, folder)
	}
	for _, tag := range tags {
		words = append(words, "#"+tag)
	}
	return strings.Join(words, " ")
}

// walkBranches shows the branch beside the present one.
func (w *Window) walkBranches(step int) {
	siblings, at := w.shelf.tree.Branches()
	if to := at + step; at >= 0 && to >= 0 && to < len(siblings) {
		w.whenIdle(func() { w.replaceText(func() (app.Document, error) { return w.app.Branch(siblings[to].ID) }) })
	}
}

// regenerate goes back to what the latest generation began from, and has the model write another branch at the same place.
func (w *Window) regenerate() {
	if w.state.Phase != app.Ready && w.writing == nil {
		return
	}
	if c := w.choice; c != nil {
		w.whenIdle(func() { w.generateAt(c.at) })
		return
	}
	for _, n := range w.shelf.tree.Nodes {
		if n.ID == w.shelf.tree.Current && n.Card != nil {
			w.whenIdle(func() {
				if w.replaceText(func() (app.Document, error) { return w.app.Branch(n.Parent) }) {
					b := w.editor.Buffer()
					w.generateAt(b.Snap(max(0, min(n.Card.At, b.Len()))))
				}
			})
		}
	}
}
