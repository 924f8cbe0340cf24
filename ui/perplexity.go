package ui

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"zachin/app"
	"zachin/app/plainjson"
	"zachin/app/table"
)

// perplexityTool measures how well models foretell a text, or each row of a table. What was measured stays, so that another model,
// or the same with other weights, can be compared with it.
type perplexityTool struct {
	*chore
	file, column   string
	window, stride int
	runs           []perplexityRun
}

// perplexityRun is one measurement.
type perplexityRun struct {
	Model  string `json:"model"` // id
	File   string `json:"file"`
	Column string `json:"column,omitempty"`
	Window int    `json:"window"`
	Stride int    `json:"stride,omitempty"`
	app.Foretold
}

// windows is how the text was cut: the window, and the stride if it slid.
func (r perplexityRun) windows() string {
	if r.Stride == 0 {
		return strconv.Itoa(r.Window)
	}
	return strconv.Itoa(r.Window) + " / " + strconv.Itoa(r.Stride)
}

func newPerplexityTool(w *Window) *perplexityTool {
	p := &perplexityTool{chore: &chore{w: w, id: perplexityRunTool, here: true}, window: 2048}
	p.changed, p.start = p.look, p.run
	return p
}

// newPage makes the page.
func (p *perplexityTool) newPage() fyne.CanvasObject {
	check := newButton(p.w.manners("ui.run.self_test"), p.w.words.T("ui.run.self_test"), nil, p.selfTest)
	content := p.content(p.path("file", &p.file), p.row("column", p.text("column", &p.column, 1)), p.number("window", &p.window, 2, 1<<20),
		p.number("stride", &p.stride, 0, 1<<20), p.w.roomy(container.NewHBox(check)))
	p.showRuns()
	p.look()
	p.refresh()
	return content
}

func (p *perplexityTool) drop(paths []string) {
	p.file = paths[0]
	p.w.remakeTool(perplexityRunTool)
}

// look shows how the text begins.
func (p *perplexityTool) look() {
	path, column, t := p.file, p.column, p.w.words.T
	p.sample(func() (string, error) {
		switch {
		case path == "":
			return t("ui.run.no_file"), nil
		case column == "":
			data, err := readAtMost(path, maxImport)
			text := []rune(strings.ToValidUTF8(string(data), "\uFFFD"))
			return string(text[:min(len(text), mostOfSample)]), err
		}
		columns, rows, err := firstPrompts(p.w.ctx, path, "{{"+column+"}}")
		return t("ui.run.columns", "Columns", strings.Join(columns, ", ")) + "\n\n" + strings.Join(rows, "\n———\n"), err
	})
}

// run measures with the model in use.
func (p *perplexityTool) run() {
	if why := p.unready(); why != "" {
		p.tell(why)
		return
	}
	if p.file == "" {
		p.tell(p.w.words.T("ui.run.no_file"))
		return
	}
	made := perplexityRun{Model: p.w.state.Model.Name, File: p.file, Column: p.column, Window: p.window, Stride: p.stride}
	how := app.Windows{Size: p.window, Stride: p.stride}
	p.begin(func(ctx context.Context, progress func(far)) (err error) {
		if made.Column != "" {
			made.Foretold, err = p.rows(ctx, made.File, made.Column, how, progress)
			return err
		}
		data, err := readAtMost(made.File, maxImport)
		if err != nil {
			return err
		}
		made.Foretold, err = p.w.app.Foretell(ctx, []string{string(data)}, how, told(progress))
		return err
	}, func(err error) {
		if err != nil {
			return
		}
		p.runs = append(p.runs, made)
		p.showRuns()
	})
}

// rows measures each row by itself.
func (p *perplexityTool) rows(ctx context.Context, path, column string, how app.Windows, progress func(far)) (f app.Foretold, err error) {
	source, err := table.Open(path, table.Options{})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	var texts []string
	for row, err := range source.Rows(ctx) {
		var unread *table.RowError
		if err != nil && !errors.As(err, &unread) {
			return f, err
		}
		text, _ := row.Get(column) // a row without it is measured as what it is: nothing
		texts = append(texts, text)
	}
	return p.w.app.Foretell(ctx, texts, how, told(progress))
}

func told(progress func(far)) func(done, total int64) {
	return func(done, total int64) { progress(far{done: done, total: total}) }
}

// selfTest checks whether the device computes as plain code does.
func (p *perplexityTool) selfTest() {
	if why := p.unready(); why != "" {
		p.tell(why)
		return
	}
	var verdict app.Fidelity
	p.begin(func(ctx context.Context, _ func(far)) (err error) {
		verdict, err = p.w.app.SelfTest(ctx)
		return err
	}, func(err error) {
		if err != nil {
			return
		}
		id, how := "ui.run.self_test.failed", widget.DangerImportance
		if verdict.OK {
			id, how = "ui.run.self_test.ok", widget.SuccessImportance
		}
		p.say(p.w.words.T(id, "Error", strconv.FormatFloat(verdict.MaxRelError, 'g', 2, 64), "Device", p.w.deviceName(p.w.state.Model)), how)
	})
}

// showRuns shows the figures of each measurement, and their curves in one plot.
func (p *perplexityTool) showRuns() {
	if len(p.runs) == 0 {
		return
	}
	t := p.w.words.T
	rows := container.New(tight{})
	chart := newPlot(p.w.colors())
	for i, r := range p.runs {
		rows.Add(chart.legend(i, t("ui.perplexity.result", "File", filepath.Base(r.File), "Model", p.w.title(r.Model), "Quant", r.Quant, "Windows", r.windows(), "Value", p.w.words.Number(r.Value, 2),
			"Bits", p.w.words.Number(r.BitsPerCharacter, 3), "Tokens", fmt.Sprint(r.Tokens))))
		chart.add(r.Points)
	}
	var save *button
	save = newButton(p.w.manners("ui.run.save"), t("ui.run.save"), theme.DocumentSaveIcon(), func() { p.w.popUp(p.formats(), save) })
	clear := newButton(p.w.manners("ui.run.clear"), t("ui.run.clear"), nil, func() {
		p.runs = nil
		p.show(nil)
	})
	clear.Importance = widget.LowImportance
	p.show([]fyne.CanvasObject{save, clear}, rows, chart.content(p.w))
}

// formats are the files that the measurements can be written into.
func (p *perplexityTool) formats() *fyne.Menu {
	return fyne.NewMenu("",
		fyne.NewMenuItem("CSV", func() { p.w.saveAs("perplexity.csv", p.asCSV()) }),
		fyne.NewMenuItem("JSON", func() {
			data, err := plainjson.Line(p.runs)
			if err != nil {
				p.tell(p.w.words.Error(err))
				return
			}
			p.w.saveAs("perplexity.json", data)
		}))
}

// asCSV is a line for each piece of each measurement.
func (p *perplexityTool) asCSV() []byte {
	var data bytes.Buffer
	out := csv.NewWriter(&data)
	lines := [][]string{{"file", "model", "quant", "window", "stride", "from", "to", "ppl"}}
	for _, r := range p.runs {
		for _, point := range r.Points {
			lines = append(lines, []string{
				r.File, r.Model, r.Quant, strconv.Itoa(r.Window), strconv.Itoa(r.Stride), strconv.Itoa(point.From), strconv.Itoa(point.To), strconv.FormatFloat(point.Value, 'g', -1, 64),
			})
		}
	}
	_ = out.WriteAll(lines) // a buffer takes everything
	return data.Bytes()
}
