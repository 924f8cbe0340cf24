package ui

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"zachin/app"
	"zachin/engine"
)

// The main thing, with the demonstration model itself: a person types, the model goes on, is stopped, and both can be
// edited and undone.
func TestTypeGenerateStopEditUndo(t *testing.T) {
	r := open(t, folders(t), onProcessor)
	if got := r.text(); got != app.FirstPrompt {
		t.Errorf("at the first start the text is %q", got)
	}
	if r.window.Canvas().Focused() != r.editor || r.editor.Caret() != len(app.FirstPrompt) {
		t.Error("the caret does not stand after the prompt")
	}
	r.ready()
	r.params(func(p *app.Params) { p.MaxNewTokens = 2000 })

	r.typeText(" я")
	prompt := app.FirstPrompt + " я"
	r.ctrl(fyne.KeyReturn)
	if !strings.HasPrefix(r.strip.next.Text, "Остановить") || !strings.Contains(r.top.model.Text, "пишет") {
		t.Errorf("while writing: %q, %q", r.strip.next.Text, r.top.model.Text)
	}
	r.until(func() bool { return len(r.generated()) > 20 })
	r.press(fyne.KeyEscape)
	r.ready()
	written := r.generated()
	if r.text() != prompt+written || r.editor.Caret() != len(r.text()) {
		t.Errorf("text %q, caret %d", r.text(), r.editor.Caret())
	}
	if want := r.words.T("ui.stopped"); r.strip.noteText.Text != want || !r.strip.noteRow.Visible() {
		t.Errorf("after stopping: %q", r.strip.noteText.Text)
	}
	if !strings.HasPrefix(r.strip.next.Text, "Продолжить") {
		t.Errorf("after stopping the button is %q", r.strip.next.Text)
	}

	r.typeText("!")
	r.editor.Undo()
	if r.text() != prompt+written {
		t.Errorf("typing undone: %q", r.text())
	}
	r.editor.Undo()
	if r.text() != prompt {
		t.Errorf("generation undone: %q", r.text())
	}
	r.editor.Redo()
	if r.generated() != written {
		t.Errorf("generation repeated: %q", r.generated())
	}
}

func TestSameSeedSameText(t *testing.T) {
	r := open(t, folders(t), onProcessor)
	r.ready()
	r.params(func(p *app.Params) { p.MaxNewTokens = 8 })
	var texts []string
	var seeds []uint64
	for range 2 { // the first one draws a seed; the second has it written down
		r.ctrl(fyne.KeyReturn)
		r.ready()
		texts, seeds = append(texts, r.generated()), append(seeds, r.latest.Seed)
		r.editor.Undo()
		r.Window.params.change(func(s *app.Settings) { s.NewSeed = false })
	}
	if texts[0] == "" || texts[0] != texts[1] || seeds[0] != seeds[1] {
		t.Errorf("%q of seed %d, %q of seed %d", texts[0], seeds[0], texts[1], seeds[1])
	}
	if !strings.Contains(r.strip.figures.Text, r.number(float64(seeds[0]))) {
		t.Errorf("the seed %d is not in %q", seeds[0], r.strip.figures.Text)
	}
}

// A person may write while the model does, and undo what it is writing: then it stops.
func TestUndoWhileWritingStopsTheModel(t *testing.T) {
	f := newFake(t, strings.Repeat(" и снова", 50))
	f.step = make(chan struct{})
	r := open(t, folders(t), f.load)
	r.ready()
	r.ctrl(fyne.KeyReturn)
	f.step <- struct{}{}
	r.until(func() bool { return r.generated() != "" })
	r.editor.Undo()
	f.step <- struct{}{} // one more piece, which nobody wants
	r.ready()
	if r.text() != app.FirstPrompt {
		t.Errorf("text %q", r.text())
	}
}

func TestClosingWhileWritingKeepsTheText(t *testing.T) {
	where := folders(t)
	f := newFake(t, " было тихо и темно.")
	f.step = make(chan struct{})
	r := open(t, where, f.load)
	r.ready()
	r.ctrl(fyne.KeyReturn)
	for range 3 {
		f.step <- struct{}{}
	}
	r.until(func() bool { return r.state.Tokens >= 2 })
	r.typeText("?")
	r.close()
	text, written := r.text(), r.generated()

	again := open(t, where, f.load)
	if again.text() != text || again.generated() != written || written == "" {
		t.Errorf("closed with %q, opened with %q; the model's: %q, %q", text, again.text(), written, again.generated())
	}
}

// refuse changes what the database accepts.
func refuse(t *testing.T, where app.Folders, how string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(where.Data, "documents.db")+"?_pragma=busy_timeout(10000)")
	if err == nil {
		_, err = db.ExecContext(t.Context(), how)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// Where the text cannot be saved, closing once says so, and closing again is leave to lose it.
func TestClosingUnsavedAsksOnce(t *testing.T) {
	where := folders(t)
	r := open(t, where, newFake(t, "").load)
	r.ready()
	refuse(t, where, "CREATE TRIGGER refuse BEFORE UPDATE ON documents BEGIN SELECT RAISE(ABORT, 'no more'); END")
	r.typeText(" ёж")
	r.close()
	if r.closing || r.note.kind != lastWarning {
		t.Errorf("closed %t, saying %q", r.closing, r.note.text)
	}
	refuse(t, where, "DROP TRIGGER refuse")
	r.close()
	if !r.closing {
		t.Error("does not close once the text can be saved")
	}
}

// An error stands in the strip, says what it is, and leaves what was written; the next try takes it away.
func TestErrorsSayWhatHappened(t *testing.T) {
	f := newFake(t, " тут")
	f.err = &engine.ContextError{Tokens: 3000, Positions: 2048}
	r := open(t, folders(t), f.load)
	r.ready()
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if r.note.kind != failure || !strings.Contains(r.strip.noteText.Text, r.words.Error(f.err)) || !r.strip.noteRow.Visible() {
		t.Errorf("said %q", r.strip.noteText.Text)
	}
	if r.generated() != " тут" {
		t.Errorf("what was written: %q", r.generated())
	}
	f.err = nil
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if r.strip.noteRow.Visible() {
		t.Errorf("still said: %q", r.strip.noteText.Text)
	}
}

func TestLoadingCanFailAndBeTriedAgain(t *testing.T) {
	f := newFake(t, "")
	fail := errors.New("no such luck")
	proceed := make(chan struct{})
	r := open(t, folders(t), func(_ context.Context, _ engine.Source, opt engine.Options) (app.Model, error) {
		opt.Progress(engine.Progress{Stage: engine.Uploading, Done: 25e7, Total: 1e9, Elapsed: 5 * time.Second})
		<-proceed
		if fail != nil {
			return nil, fail
		}
		return f, nil
	})
	r.until(func() bool { return r.state.Loading.Total > 0 })
	if !strings.Contains(r.strip.noteText.Text, "250,0 МБ из 1,00 ГБ, 50,0 МБ/с, осталось 15 с") || !strings.HasPrefix(r.strip.next.Text, "Остановить") {
		t.Errorf("while loading: %q, %q", r.strip.noteText.Text, r.strip.next.Text)
	}
	proceed <- struct{}{}
	r.until(func() bool { return r.state.Phase == app.Failed })
	if !strings.Contains(r.strip.noteText.Text, "no such luck") || !strings.HasPrefix(r.strip.next.Text, "Загрузить") {
		t.Errorf("after it failed: %q, %q", r.strip.noteText.Text, r.strip.next.Text)
	}
	fail = nil
	r.ctrl(fyne.KeyReturn)
	proceed <- struct{}{}
	r.ready()
	if r.strip.noteRow.Visible() || !strings.HasPrefix(r.strip.next.Text, "Продолжить") {
		t.Errorf("at last: %q, %q", r.strip.noteText.Text, r.strip.next.Text)
	}
}

func TestLongTextTellsWhatIsOutside(t *testing.T) {
	f := newFake(t, " конец")
	r := open(t, folders(t), f.load)
	r.ready()
	r.writeText(strings.Repeat("Снег шёл, и никто не знал, когда он перестанет. ", 400))
	r.until(func() bool { return r.count.Outside > 0 })
	if !strings.Contains(r.strip.count.Text, "вне контекста") {
		t.Errorf("the count is %q", r.strip.count.Text)
	}
	before := len(r.text())
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if r.note.kind != warning || !strings.Contains(r.note.text, "Начало текста") {
		t.Errorf("said %q", r.note.text)
	}
	if len(r.text()) != before+len(" конец") {
		t.Errorf("the text had %d bytes and has %d", before, len(r.text()))
	}
}
