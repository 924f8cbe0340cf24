package ui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"zachin/app/backend"
	"zachin/app/batch"
	"zachin/app/prompt"
	"zachin/app/table"
)

// batchTool continues a prompt for every row of a table.
type batchTool struct {
	*chore
	table, template, out string
	variants             int
	made                 *batchMade // by the latest run; nil before
}

// batchMade is what there is in a results file.
type batchMade struct {
	batch.Summary
	file string
}

func newBatchTool(w *Window) *batchTool {
	b := &batchTool{chore: &chore{w: w, id: batchRunTool}, variants: 1}
	b.changed, b.start = b.look, b.run
	return b
}

// newPage makes the page.
func (b *batchTool) newPage() fyne.CanvasObject {
	content := b.content(b.path("table", &b.table), b.row("template", b.text("template", &b.template, 4)), b.path("out", &b.out),
		b.number("variants", &b.variants, 1, 100))
	b.showSummary()
	b.look()
	b.refresh()
	return content
}

// drop takes a table that was dropped onto the window.
func (b *batchTool) drop(paths []string) {
	b.table = paths[0]
	b.w.remakeTool(batchRunTool)
}

// target is the results file: the one chosen, or the table's name with another ending.
func (b *batchTool) target() string {
	if b.out != "" {
		return b.out
	}
	return beside(b.table, ".out.jsonl")
}

// look shows the first rows in the template.
func (b *batchTool) look() {
	path, template := b.table, b.template
	t := b.w.words.T
	if path == "" {
		b.sample(func() (string, error) { return t("ui.run.no_table"), nil })
		return
	}
	target := b.target()
	b.sample(func() (string, error) {
		columns, prompts, err := firstPrompts(b.w.ctx, path, template)
		if err != nil {
			return "", err
		}
		return t("ui.run.writes", "File", target) + "\n" + t("ui.run.columns", "Columns", strings.Join(columns, ", ")) + "\n\n" +
			strings.Join(prompts, "\n———\n"), nil
	})
}

// mostSampled is how many rows a preview shows, and mostOfSample how much of each, in characters.
const (
	mostSampled  = 3
	mostOfSample = 400
)

// firstPrompts fills the first rows of a table into a template, and tells the columns.
func firstPrompts(ctx context.Context, path, template string) (columns, prompts []string, err error) {
	pattern, err := prompt.Parse(template)
	if err != nil {
		return nil, nil, err
	}
	source, err := table.Open(path, table.Options{})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	for row, err := range source.Rows(ctx) {
		var unread *table.RowError
		if err != nil && !errors.As(err, &unread) {
			return nil, nil, err
		}
		if err != nil {
			continue
		}
		if columns == nil {
			columns = row.Columns
		}
		text, err := pattern.Fill(row.Map())
		if err != nil {
			return columns, nil, err
		}
		if characters := []rune(text); len(characters) > mostOfSample {
			text = string(characters[:mostOfSample]) + "…"
		}
		if prompts = append(prompts, text); len(prompts) == mostSampled {
			break
		}
	}
	return columns, prompts, nil
}

// run begins, or goes on with a results file that is there.
func (b *batchTool) run() {
	t := b.w.words.T
	pattern, err := prompt.Parse(b.template)
	switch why := b.unready(); {
	case why != "":
		b.tell(why)
		return
	case err != nil:
		b.tell(b.w.words.Error(err))
		return
	case b.table == "" || strings.TrimSpace(b.template) == "":
		b.tell(t("ui.run.incomplete"))
		return
	}
	path, out := b.table, b.target()
	task := batch.Task{Pattern: pattern, Variants: b.variants, Params: b.w.app.Settings().Params, Out: out, Resume: true, Explain: b.w.words.Error}
	made := batchMade{file: out}
	b.begin(func(ctx context.Context, progress func(far)) (err error) {
		if task.Table, err = table.Open(path, table.Options{}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, task.Table.Close()) }()
		task.Progress = func(p batch.Progress) { progress(far{int64(p.Done), int64(p.Total), p.Left}) }
		return b.w.app.WithBackend(ctx, func(ctx context.Context, where backend.Backend) error {
			task.Backend = where
			made.Summary, err = batch.Run(ctx, task)
			return err
		})
	}, func(error) { // one that was stopped has written something, too
		if made.Rows > 0 {
			b.made = &made
			b.showSummary()
		}
	})
}

// showSummary tells what there is in the results file.
func (b *batchTool) showSummary() {
	if b.made == nil {
		return
	}
	t := b.w.words.T
	folder := newButton(b.w.manners("ui.models.folder"), t("ui.models.folder"), theme.FolderOpenIcon(), func() {
		b.w.openFolder(filepath.Dir(b.made.file))
	})
	b.show([]fyne.CanvasObject{folder}, wrap(t("ui.batch.done", "File", b.made.file, "Rows", fmt.Sprint(b.made.Rows), "Written", fmt.Sprint(b.made.Written),
		"Kept", fmt.Sprint(b.made.Kept), "Failed", fmt.Sprint(b.made.Failed))))
}
