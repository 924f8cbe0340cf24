package ui

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
)

// chore is what the tools share that have the model work through many texts: a form with a preview, one run at a time with its
// progress and a way to stop it, and the result. It outlives its page, which is made anew when the language, the theme or the scale
// changes. The words of a field are ui.run.<id> and ui.run.<id>.help.
type chore struct {
	w       *Window
	id      string // the tool's
	changed func() // something was changed in the form
	start   func() // begins
	here    bool   // a server elsewhere can never do it

	stop  context.CancelFunc // of the run under way; nil if there is none
	begun time.Time
	far   far
	asked int // the number of the latest preview

	page    *page // nil before the first visit
	trouble *widget.Label
	where   *widget.Label // where the texts are worked on
	preview *widget.Label
	launch  *button
	bar     *bar
	left    *widget.Label
	running *fyne.Container
	result  *fyne.Container
}

// far is how far a run is.
type far struct {
	done, total int64
	left        time.Duration // 0: as long as the speed so far makes it
}

// content makes the page: the form's rows, and below them what all tools have.
func (c *chore) content(rows ...fyne.CanvasObject) fyne.CanvasObject {
	w, t := c.w, c.w.words.T
	title := widget.NewLabel(t("ui.tool." + c.id))
	title.TextStyle.Bold, title.SizeName = true, theme.SizeNameHeadingText
	c.trouble, c.preview, c.where, c.left, c.bar = wrap(""), wrap(""), wrap(""), widget.NewLabel(""), newBar()
	c.trouble.Hidden = true
	c.where.Importance, c.preview.Importance = widget.LowImportance, widget.LowImportance
	c.launch = newButton(w.manners("ui.run.start"), t("ui.run.start"), nil, c.start)
	c.launch.Importance = widget.HighImportance
	halt := newButton(w.manners("ui.run.stop"), t("ui.run.stop"), nil, c.halt)
	c.running = container.NewBorder(nil, nil, c.left, w.roomy(halt), container.New(inset{8}, c.bar.content))
	c.result = container.New(tight{8})
	form := container.New(tight{8}, rows...)
	c.page = newPage(container.New(tight{12}, title, wrap(t("ui.tool."+c.id+".about")), form, c.preview, c.where,
		w.roomy(container.NewHBox(c.launch)), c.running, c.trouble, c.result))
	return w.compact(c.page.content)
}

// refresh shows how far the run is, and where texts go.
func (c *chore) refresh() {
	if c.page == nil {
		return
	}
	c.where.SetText(c.w.words.T("ui.run.here"))
	if e := c.w.app.Settings().Endpoint; e.On && !c.here {
		c.where.SetText(c.w.words.T("ui.endpoint.goes", "Host", e.Host()))
	}
	c.running.Hidden = c.stop == nil
	c.launch.Hidden = c.stop != nil
	c.bar.show(float32(c.far.done)/float32(max(1, c.far.total)), false)
	c.left.SetText(c.progressText())
	c.page.settle()
}

// progressText says how much is done, and how long the rest takes at this speed.
func (c *chore) progressText() string {
	t := c.w.words.T
	if c.far.total == 0 || c.far.done == 0 {
		return t("ui.run.begins")
	}
	left := c.far.left
	if left == 0 {
		left = time.Duration(float64(time.Since(c.begun)) / float64(c.far.done) * float64(c.far.total-c.far.done))
	}
	return t("ui.run.progress", "Done", c.far.done, "Total", c.far.total, "Left", c.w.words.Duration(left))
}

// working is the quiet line about the run, where the page itself is not seen.
func (c *chore) working() note {
	if c.stop == nil || c.w.at == dataPlace && c.w.openedTool().id == c.id {
		return note{}
	}
	return note{text: c.w.words.T("ui.tool."+c.id) + ": " + c.progressText(), action: c.w.words.T("ui.run.stop"), act: c.halt}
}

// begin runs something away from Fyne's goroutine; ended is told on Fyne's what came of it. How far it is may be told from anywhere,
// as often as it likes.
func (c *chore) begin(run func(ctx context.Context, progress func(far)) error, ended func(err error)) {
	if c.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(c.w.ctx)
	c.stop, c.begun, c.far = stop, time.Now(), far{}
	c.tell("")
	go func() {
		var latest atomic.Pointer[far] // nil: shown already
		err := run(ctx, func(now far) {
			if latest.Swap(&now) == nil {
				c.w.bridge.show(func() {
					c.far = *latest.Swap(nil)
					c.refresh()
					c.w.strip.refresh()
				})
			}
		})
		c.w.bridge.show(func() {
			stop()
			c.stop = nil
			c.end(err)
			ended(err)
			c.refresh()
			c.page.scroll.ScrollToBottom() // the result is what the person has waited for
			c.w.refresh()
		})
	}()
	c.refresh()
}

// end tells why a run has failed, if it has.
func (c *chore) end(err error) {
	switch {
	case errors.Is(err, context.Canceled):
		c.say(c.w.words.T("ui.run.stopped"), widget.LowImportance)
	case err != nil:
		c.tell(c.w.words.Error(err))
	}
}

// halt ends the run.
func (c *chore) halt() {
	if c.stop != nil {
		c.stop()
	}
}

// tell says what is wrong; "" is nothing.
func (c *chore) tell(text string) { c.say(text, widget.DangerImportance) }

func (c *chore) say(text string, how widget.Importance) {
	c.trouble.Importance = how
	c.trouble.SetText(text)
	c.trouble.Hidden = text == ""
	c.page.settle()
}

// show puts a result on the page, and what can be done with it below.
func (c *chore) show(deeds []fyne.CanvasObject, result ...fyne.CanvasObject) {
	c.result.Objects = result
	if len(deeds) > 0 {
		c.result.Objects = append(result, c.w.roomy(container.NewHBox(deeds...)))
	}
	c.result.Refresh()
	c.page.settle()
}

// sample reads what the form names away from Fyne's goroutine, and shows it; only the latest answer counts.
func (c *chore) sample(read func() (string, error)) {
	c.asked++
	number := c.asked
	go func() {
		text, err := read()
		c.w.bridge.show(func() {
			if number != c.asked || c.page == nil {
				return
			}
			if err != nil {
				text = c.w.words.Error(err)
			}
			c.preview.SetText(text)
			c.page.settle()
		})
	}()
}

func (c *chore) manners(id string) manners {
	t := c.w.words.T
	return c.w.hinted(func() hint { return hint{t("ui.run." + id), t("ui.run." + id + ".help")} })
}

// row is a field with its name.
func (c *chore) row(id string, control fyne.CanvasObject) fyne.CanvasObject {
	name := container.New(wide{nameWidth}, widget.NewLabel(c.w.words.T("ui.run."+id)))
	return c.w.hints.zone(container.NewBorder(nil, nil, name, nil, control), c.manners(id).hint)
}

// text is a field for a text of one line or more.
func (c *chore) text(id string, value *string, lines int) *entry {
	e := newEntry(c.manners(id), func(text string) {
		*value = text
		c.changed()
	}, func() {})
	if lines > 1 {
		e.MultiLine, e.Wrapping = true, fyne.TextWrapWord
		e.SetMinRowsVisible(lines)
	}
	e.Text = *value
	return e
}

// path is a field for a file, which can be picked.
func (c *chore) path(id string, value *string) fyne.CanvasObject {
	e := c.text(id, value, 1)
	pick := newButton(c.w.manners("ui.run.pick"), c.w.words.T("ui.run.pick"), nil, func() {
		c.w.showDialog(c.w.newFileOpen(func(path string) { e.SetText(path) }))
	})
	return c.row(id, container.NewBorder(nil, nil, nil, pick, e))
}

// number is a field for a whole number in a range.
func (c *chore) number(id string, value *int, from, to int) fyne.CanvasObject {
	var e *entry
	e = newEntry(c.manners(id), func(text string) {
		if v, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && v >= from && v <= to {
			*value = v
			c.changed()
		}
	}, func() { e.SetText(strconv.Itoa(*value)) })
	e.Text = strconv.Itoa(*value)
	return c.row(id, container.NewHBox(container.New(wide{96}, e)))
}

// check is a field for yes or no.
func (c *chore) check(id string, value *bool) fyne.CanvasObject {
	k := newCheck(c.manners(id), c.w.words.T("ui.run."+id), func(on bool) {
		*value = on
		c.changed()
	})
	k.Checked = *value
	return k
}

// choice is a field for one of a few values.
func (c *chore) choice(id string, value *string, options func() []option) fyne.CanvasObject {
	d := newDropdown(c.w, c.manners(id), options, func(chosen string) {
		*value = chosen
		c.changed()
	})
	d.show(*value)
	return c.row(id, container.NewHBox(d.button))
}

// beside is a name for a file of results: in the folder of the one they come of, with another ending.
func beside(path, ending string) string {
	if path == "" {
		return ""
	}
	return strings.TrimSuffix(path, filepath.Ext(path)) + ending
}

// chores are the tools that have the model work.
func (w *Window) chores() []*chore {
	return []*chore{w.batch.chore, w.scorer.chore, w.gauge.chore}
}

// unready reports why no run can begin; "" if it can.
func (c *chore) unready() string {
	if c.w.state.Phase == app.Loading || c.w.state.Phase == app.Failed {
		return c.w.words.Error(app.ErrNotReady)
	}
	return ""
}
