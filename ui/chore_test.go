package ui

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/app/batch"
	"zachin/engine"
	"zachin/engine/quant"
)

// Perplexity foretells by a formula: each token of window n costs n % 3 + 1 bits.
func (f *fake) Perplexity(_ context.Context, ids []int32, w engine.Windows) (p engine.Perplexity, err error) {
	if len(ids) < 2 {
		return p, engine.ErrEmptyPrompt
	}
	total := (len(ids) + w.Size - 1) / w.Size
	for n := range total {
		at := engine.WindowLikelihood{From: max(1, n*w.Size), To: min(len(ids), (n+1)*w.Size)}
		at.Sum = float64(at.To-at.From) * math.Ln2 * float64(n%3+1)
		p = p.Plus(engine.Perplexity{Sum: at.Sum, Tokens: at.To - at.From, Windows: 1})
		if w.Each != nil {
			w.Each(at, n+1, total)
		}
	}
	return p, nil
}

func (f *fake) Quant() quant.Format { return quant.F16 }

func (f *fake) SelfTest(context.Context) (engine.SelfTestResult, error) {
	return engine.SelfTestResult{OK: f.err == nil, MaxRelError: 2.5e-4, TokensEqual: true}, nil
}

// choreRig is a window with a tool open that has the model work, and a folder of files.
type choreRig struct {
	*dataRig
	*chore
}

func openChore(t *testing.T, load app.Loader, id string, files map[string]string) *choreRig {
	t.Helper()
	r := &choreRig{dataRig: &dataRig{open(t, folders(t), load), t.TempDir()}}
	for name, data := range files {
		if err := os.WriteFile(r.file(name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r.ready()
	r.openTool(id)
	for _, c := range r.chores() {
		if c.id == id {
			r.chore = c
		}
	}
	return r
}

func (r *choreRig) file(name string) string { return filepath.Join(r.dir, name) }

// enter types into a field of the form.
func (r *choreRig) enter(id, text string) {
	r.t.Helper()
	var field *entry
	walk(r.chore.page.content, func(o fyne.CanvasObject) {
		if e, ok := o.(*entry); ok && e.hint().title == r.words.T("ui.run."+id) {
			field = e
		}
	})
	if field == nil {
		r.t.Fatalf("there is no field %s", id)
	}
	field.SetText(text)
}

// drop drops a file onto the window.
func (r *choreRig) drop(name string) {
	r.dropped([]fyne.URI{storage.NewFileURI(r.file(name))})
}

// launchAndWait presses the button, and waits for the end of the run.
func (r *choreRig) launchAndWait() {
	r.t.Helper()
	test.Tap(r.chore.launch)
	r.until(func() bool { return r.chore.stop == nil })
}

// previewed waits until the preview has a text.
func (r *choreRig) previewed(text string) {
	r.t.Helper()
	r.until(func() bool { return strings.Contains(r.chore.preview.Text, text) })
}

func (r *choreRig) resultSays(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		found := false
		for _, label := range r.labels() {
			found = found || strings.Contains(label, text)
		}
		if !found {
			r.t.Errorf("nothing says %q; the trouble is %q", text, r.chore.trouble.Text)
		}
	}
}

const townTable = "город,год\nТверь,1135\nКлин,1317\n"

// TestBatchTool: a table is dropped, seen in the template, continued by the model, and a second run finds all of it there.
func TestBatchTool(t *testing.T) {
	r := openChore(t, onProcessor, batchRunTool, map[string]string{"города.csv": townTable})
	r.launchAndWait()
	if r.chore.trouble.Text != r.words.T("ui.run.incomplete") {
		t.Errorf("of an empty form it says %q", r.chore.trouble.Text)
	}
	r.drop("города.csv")
	r.enter("template", "В городе {{гoрод}}") // with a Latin o
	r.previewed("гoрод")
	r.enter("template", "В городе {{город}}")
	r.previewed("В городе Тверь\n———\nВ городе Клин")
	r.enter("variants", "2")
	r.rig.params(func(p *app.Params) { p.MaxNewTokens, p.DoSample = 3, true })
	r.launchAndWait()
	out := r.file("города.out.jsonl")
	read := func() (lines []batch.Line) {
		t.Helper()
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			var l batch.Line
			if err := json.Unmarshal(line, &l); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, l)
		}
		return lines
	}
	if lines := read(); len(lines) != 4 || *lines[2].Prompt != "В городе Клин" || *lines[3].Text == "" {
		t.Errorf("the results file has %+v", lines)
	}
	r.resultSays(r.words.T("ui.batch.done", "File", out, "Rows", "2", "Written", "4", "Kept", "0", "Failed", "0"))
	r.launchAndWait()
	r.resultSays(r.words.T("ui.batch.done", "File", out, "Rows", "2", "Written", "0", "Kept", "4", "Failed", "0"))
	if lines := read(); len(lines) != 4 {
		t.Errorf("the second run has made it %d lines", len(lines))
	}
}

// TestBatchToolStops: what is done before the stop stays, elsewhere in the window the strip tells of the run, and the next run goes on.
func TestBatchToolStops(t *testing.T) {
	f := newFake(t, " стоит")
	f.step = make(chan struct{})
	r := openChore(t, f.load, batchRunTool, map[string]string{"города.csv": townTable})
	r.drop("города.csv")
	r.enter("template", "В городе {{город}}")
	test.Tap(r.chore.launch)
	for range f.tokens.Encode(f.reply) {
		f.step <- struct{}{}
	}
	r.until(func() bool { return r.chore.far.done == 1 })
	if r.chore.launch.Visible() || !r.chore.running.Visible() || !strings.HasPrefix(r.chore.left.Text, "1 из 2, осталось ") {
		t.Errorf("under way it says %q", r.chore.left.Text)
	}
	r.goTo(textPlace)
	n := r.strip.shown()
	if !strings.Contains(n.text, "1 из 2") {
		t.Errorf("the strip says %q", n.text)
	}
	n.act()
	r.until(func() bool { return r.chore.stop == nil })
	r.openTool(batchRunTool)
	r.resultSays(r.words.T("ui.run.stopped"), "написано вариантов: 1")
	close(f.step)
	r.launchAndWait()
	r.resultSays("написано вариантов: 1, было готово раньше: 1")
}

// TestScoringTool: labels behind one text, then over a labelled table with examples, and both as files.
func TestScoringTool(t *testing.T) {
	r := openChore(t, onProcessor, scoringRunTool, map[string]string{
		"ряд.csv":     "начало,конец\nОн вышел из, дома\nМы сидели у, дома\nплохо,мимо\n",
		"примеры.csv": "начало,конец\nОна стояла у, окна\nОни шли от, дома\n",
	})
	r.enter("prompt", "Он спросил: — Кто")
	r.enter("labels", " там, дома")
	r.launchAndWait()
	if len(r.scorer.scores) != 2 || r.scorer.scores[0].LogProb <= r.scorer.scores[1].LogProb {
		t.Fatalf("%+v; %s", r.scorer.scores, r.chore.trouble.Text)
	}
	r.resultSays(r.words.T("ui.scoring.best", "Label", "там"), r.words.Number(r.scorer.scores[0].LogProb, 3))
	lines, err := csv.NewReader(bytes.NewReader(r.scorer.asCSV())).ReadAll()
	if err != nil || len(lines) != 3 || lines[1][0] != "там" {
		t.Errorf("as CSV: %q, %v", lines, err)
	}
	r.drop("ряд.csv")
	r.enter("prompt", "{{начало}}")
	r.previewed("Он вышел из")
	r.enter("labels", " дома, окна")
	r.enter("label_column", "конец")
	r.enter("examples", r.file("примеры.csv"))
	r.enter("orders", "2")
	test.Tap(find(r.rig, func(k *check) bool { return k.Visible() && k.Text == r.words.T("ui.run.calibrate") }))
	r.launchAndWait()
	report := r.scorer.report
	if report == nil || report.Rows != 3 || len(report.Errors) != 1 || report.AccuracyCalibrated == nil || report.FlipRate == nil || len(report.Orders) != 2 {
		t.Fatalf("%+v; %s", report, r.chore.trouble.Text)
	}
	r.resultSays("Точность: ", "С калибровкой: ", "От порядка примеров (2)", "Строка 3: ")
	var read struct {
		Confusion map[string]map[string]int `json:"confusion"`
		Errors    []struct{ Error string }  `json:"errors"`
	}
	data, err := r.scorer.asJSON()
	if err != nil || json.Unmarshal(data, &read) != nil || read.Confusion["дома"]["дома"]+read.Confusion["дома"]["окна"] != 2 || !strings.Contains(read.Errors[0].Error, "мимо") {
		t.Errorf("%s, %v", data, err)
	}
}

// TestPerplexityTool: a text and a table's rows are measured and drawn, and the device is checked.
func TestPerplexityTool(t *testing.T) {
	text := strings.Repeat("Однажды вечером он возвращался домой. ", 8)
	r := openChore(t, onProcessor, perplexityRunTool, map[string]string{"текст.txt": text, "города.csv": townTable})
	r.drop("текст.txt")
	r.previewed("Однажды вечером он возвращался")
	r.enter("window", "16")
	r.launchAndWait()
	r.enter("stride", "8")
	r.launchAndWait()
	if len(r.gauge.runs) != 2 || len(r.gauge.runs[0].Points) < 3 || r.gauge.runs[0].Value <= r.gauge.runs[1].Value {
		t.Fatalf("in windows and sliding: %+v; %s", r.gauge.runs, r.chore.trouble.Text)
	}
	r.enter("stride", "0")
	r.drop("города.csv")
	r.enter("column", "город")
	r.launchAndWait()
	rows := r.gauge.runs[2]
	if len(rows.Points) != 2 || rows.Tokens == 0 {
		t.Errorf("of rows: %+v; %s", rows, r.chore.trouble.Text)
	}
	lines, err := csv.NewReader(bytes.NewReader(r.gauge.asCSV())).ReadAll()
	if want := 1 + len(r.gauge.runs[0].Points) + len(r.gauge.runs[1].Points) + 2; err != nil || len(lines) != want {
		t.Errorf("%d lines of CSV, want %d, %v", len(lines), want, err)
	}
	test.Tap(r.button(r.words.T("ui.run.self_test")))
	r.until(func() bool { return r.chore.stop == nil })
	if !strings.Contains(r.chore.trouble.Text, "считает верно") {
		t.Errorf("of the device it says %q", r.chore.trouble.Text)
	}
	test.Tap(r.button(r.words.T("ui.run.clear")))
	if len(r.gauge.runs) != 0 || slices.ContainsFunc(r.labels(), func(s string) bool { return strings.Contains(s, "бит на знак") }) {
		t.Error("the results are still there")
	}
}

// TestPerplexityOfTwoModels: another model is chosen, and its curve stands beside the first one's. A device that computes wrongly is
// told so.
// TestWhereTextsGo: what goes to a server says so, and what never does says that.
func TestWhereTextsGo(t *testing.T) {
	for id, goes := range map[string]bool{batchRunTool: true, scoringRunTool: true, perplexityRunTool: false} {
		r := openChore(t, newFake(t, "").load, id, nil)
		r.set(func(s *app.Settings) { s.Endpoint = app.Endpoint{On: true, URL: "https://gpu.example.org/v1"} })
		r.openTool(id)
		r.settled()
		if strings.Contains(r.where.Text, "gpu.example.org") != goes {
			t.Errorf("%s: %q", id, r.where.Text)
		}
	}
}

// TestSureOfAll: texts of which each token is foretold with certainty have no bits at all.
func TestSureOfAll(t *testing.T) {
	r := open(t, folders(t), (&sure{newFake(t, "")}).load)
	r.ready()
	f, err := r.app.Foretell(t.Context(), []string{"раз два", "три четыре"}, app.Windows{Size: 8}, func(int64, int64) {})
	if err != nil || f.BitsPerCharacter != 0 || f.Value != 1 {
		t.Errorf("%+v, %v", f, err)
	}
}

// sure foretells everything.
type sure struct{ *fake }

func (s *sure) load(context.Context, engine.Source, engine.Options) (app.Model, error) { return s, nil }

func (s *sure) Perplexity(_ context.Context, ids []int32, w engine.Windows) (p engine.Perplexity, err error) {
	w.Each(engine.WindowLikelihood{From: 1, To: len(ids)}, 1, 1)
	return p.Plus(engine.Perplexity{Tokens: len(ids) - 1, Windows: 1}), nil
}

func TestPerplexityOfTwoModels(t *testing.T) {
	f := newFake(t, "")
	gate := make(chan struct{}, 1)
	gate <- struct{}{}
	load := func(ctx context.Context, src engine.Source, opt engine.Options) (app.Model, error) {
		<-gate
		return f.load(ctx, src, opt)
	}
	r := openChore(t, load, perplexityRunTool, map[string]string{"текст.txt": strings.Repeat("Он возвращался домой. ", 20)})
	r.drop("текст.txt")
	r.enter("window", "16")
	r.launchAndWait()
	r.app.Hold(app.Quant(quant.Q8))
	r.until(func() bool { return r.state.Phase == app.Loading })
	test.Tap(r.chore.launch)
	if r.chore.stop != nil || r.chore.trouble.Text == "" {
		t.Error("it runs without a model")
	}
	gate <- struct{}{}
	r.ready()
	r.launchAndWait()
	if len(r.gauge.runs) != 2 || r.gauge.runs[0].Value != r.gauge.runs[1].Value {
		t.Errorf("%+v", r.gauge.runs)
	}
	f.err = os.ErrInvalid
	test.Tap(r.button(r.words.T("ui.run.self_test")))
	r.until(func() bool { return r.chore.stop == nil })
	if !strings.Contains(r.chore.trouble.Text, "считает неверно") {
		t.Errorf("of the device it says %q", r.chore.trouble.Text)
	}
}

// The three tools with their results. The files that the pages name are in testdata: others are called differently in each run.
func TestLooksOfChores(t *testing.T) {
	r := openChore(t, newFake(t, " стоит у реки.").load, batchRunTool, nil)
	masters := func(name string) {
		t.Helper()
		r.looksWith(t, "chore-"+name, func() {
			r.until(func() bool { return r.chore.preview.Text != "" })
			r.chore.page.scroll.ScrollToBottom()
		})
	}
	r.enter("table", "testdata/города.csv")
	r.enter("template", "В городе {{город}}, что основан в {{год}} году,")
	r.enter("out", r.file("города.out.jsonl"))
	r.launchAndWait()
	r.batch.out = ""
	r.batch.made.file = r.batch.target()
	masters("batch")

	r.openTool(scoringRunTool)
	r.chore = r.scorer.chore
	r.enter("table", "testdata/отзывы.csv")
	r.enter("prompt", "Отзыв: {{отзыв}}\nОценка:")
	r.enter("labels", " хорошо, плохо")
	r.enter("label_column", "оценка")
	r.scorer.calibrate = true
	r.launchAndWait()
	masters("scoring")

	r.openTool(perplexityRunTool)
	r.chore = r.gauge.chore
	r.enter("file", "testdata/повесть.txt")
	for _, size := range []string{"32", "48"} {
		r.enter("window", size)
		r.launchAndWait()
	}
	masters("perplexity")
}
