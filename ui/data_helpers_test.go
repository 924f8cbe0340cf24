package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"zachin/app/dataset"
)

// dataRig is a window at the place of data, with a folder of files to drop.
type dataRig struct {
	*rig
	dir string
}

// openData shows the place of data of a window over the files.
func openData(t testing.TB, files map[string]string) *dataRig {
	t.Helper()
	r := &dataRig{open(t, folders(t), newFake(t, "").load), t.TempDir()}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r.data.pause = 0
	r.ready()
	r.ctrl(fyne.Key2)
	return r
}

// put drops files onto the window, and waits until their rows are seen.
func (r *dataRig) put(names ...string) {
	r.t.Helper()
	var uris []fyne.URI
	for _, name := range names {
		uris = append(uris, storage.NewFileURI(filepath.Join(r.dir, name)))
	}
	r.dropped(uris)
	r.settled()
}

// settled waits until everything is read and shown.
func (r *dataRig) settled() {
	r.t.Helper()
	r.until(func() bool { return r.data.work == nil && len(r.queue) == 0 })
}

// project is the project that is open.
func (r *dataRig) project() *dataset.Project { return r.data.bench.Project() }

// onDisk is the project as its file has it.
func (r *dataRig) onDisk() *dataset.Project {
	r.t.Helper()
	r.data.bench.Close()
	p, err := dataset.OpenProject(r.data.bench.Path())
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// field is the entry of a field by its Russian or English name, the first if there are several.
func (r *dataRig) field(id string) *entry {
	r.t.Helper()
	var found *entry
	walk(r.data.page.body, func(o fyne.CanvasObject) {
		if e, ok := o.(*entry); ok && found == nil && e.hint().title == r.words.T("ui.data."+id) {
			found = e
		}
	})
	if found == nil {
		r.t.Fatalf("there is no field %s", id)
	}
	return found
}

// fill types into a field, and goes elsewhere.
func (r *dataRig) fill(id, text string) {
	r.t.Helper()
	e := r.field(id)
	r.window.Canvas().Focus(e)
	e.SetText("")
	test.Type(e, text)
	r.window.Canvas().Unfocus()
	r.settled()
}

// button is the one of a step with a text.
func (r *dataRig) button(text string) *button {
	r.t.Helper()
	return find(r.rig, func(b *button) bool { return b.Visible() && b.Text == text })
}

// pick opens the menu of a choice, and takes the option.
func (r *dataRig) pick(id, option string) {
	r.t.Helper()
	var found *button
	walk(r.data.page.body, func(o fyne.CanvasObject) {
		if b, ok := o.(*button); ok && found == nil && b.hint().title == r.words.T("ui.data."+id) {
			found = b
		}
	})
	if found == nil {
		r.t.Fatalf("there is no choice %s", id)
	}
	test.Tap(found)
	r.choose(option)
	r.settled()
}

// choose takes a line of the menu that is open.
func (r *dataRig) choose(label string) {
	r.t.Helper()
	over := r.window.Canvas().Overlays().Top()
	if over == nil {
		r.t.Fatal("no menu is open")
	}
	var found fyne.Tappable
	walk(over, func(o fyne.CanvasObject) {
		item, ok := o.(fyne.Tappable)
		if !ok || found != nil {
			return
		}
		if w, ok := o.(fyne.Widget); ok {
			for _, child := range test.WidgetRenderer(w).Objects() {
				if text := textOf(child); text == label {
					found = item
				}
			}
		}
	})
	if found == nil {
		r.t.Fatalf("the menu offers no %q", label)
	}
	found.Tapped(&fyne.PointEvent{})
}

// says reports whether a text is somewhere in the window.
func (r *dataRig) says(text string) bool {
	for _, label := range r.labels() {
		if strings.Contains(label, text) {
			return true
		}
	}
	found := false
	walk(r.window.Content(), func(o fyne.CanvasObject) {
		if rich, ok := o.(*widget.RichText); ok && strings.Contains(rich.String(), text) {
			found = true
		}
	})
	return found
}

// mustSay fails unless all the texts are somewhere in the window.
func (r *dataRig) mustSay(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !r.says(text) {
			r.t.Errorf("nothing says %q", text)
		}
	}
}

// textOf is what an object reads, if it is a text.
func textOf(o fyne.CanvasObject) string {
	switch o := o.(type) {
	case *widget.Label:
		return o.Text
	case *canvas.Text:
		return o.Text
	}
	return ""
}
