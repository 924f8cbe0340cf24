package editor

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

func TestTyping(t *testing.T) {
	f := open(t, "")
	changes, carets := 0, []int{}
	f.OnChanged = func() { changes++ }
	f.OnCaretMoved = func(at int) { carets = append(carets, at) }
	test.Type(f, "Ёж")
	f.typeKeys(fyne.KeyReturn)
	test.Type(f, "и лис")
	f.wantText("Ёж\nи лис")
	if changes != 8 || len(carets) != 8 || carets[7] != f.buf.Len() {
		t.Errorf("%d changes and carets %v told, want 8 of each", changes, carets)
	}
	f.typeKeys(fyne.KeyBackspace, fyne.KeyBackspace, fyne.KeyHome, fyne.KeyDelete)
	f.wantText("Ёж\n л")
	f.ctrl(fyne.KeyBackspace)
	f.wantText("Ёж л")
	f.Undo()
	f.Undo()
	f.wantText("Ёж\nи л")
}

func TestKeyboardSelection(t *testing.T) {
	f := open(t, "Кто-то сказал: «Да».\nИ ушёл.")
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() { f.typeKeys(desktop.KeyShiftLeft, fyne.KeyRight, fyne.KeyRight) }, "Кт"},
		{func() { f.ctrl(fyne.KeyRight, fyne.KeyModifierShift) }, "Кто-то "},
		{func() { f.typeKeys(desktop.KeyShiftLeft, fyne.KeyDown) }, "Кто-то сказал: «Да».\nИ ушёл"},
		{func() { f.typeKeys(fyne.KeyLeft) }, ""},
		{func() { f.typeKeys(desktop.KeyShiftLeft, fyne.KeyEnd) }, "Кто-то сказал: «Да»."},
		{func() { f.typeKeys(fyne.KeyRight) }, ""},
		{func() { f.ctrl(fyne.KeyHome, fyne.KeyModifierShift) }, "Кто-то сказал: «Да»."},
		{func() { f.ctrl(fyne.KeyEnd, fyne.KeyModifierShift) }, "\nИ ушёл."},
		{func() { f.TypedShortcut(&fyne.ShortcutSelectAll{}) }, "Кто-то сказал: «Да».\nИ ушёл."},
	} {
		step.do()
		f.wantSelected(step.want)
	}
	test.Type(f, "Я")
	f.wantText("Я")
}

func TestVerticalMoves(t *testing.T) {
	f := open(t, prose+"\nКоротко\n"+prose)
	f.click(f.at("комнату"))
	x := f.caretX(f.layout.rowAt(f.caret, false))
	for range 6 {
		f.typeKeys(fyne.KeyDown)
	}
	row := f.layout.rowAt(f.caret, f.upstream)
	if got := f.caretX(row); row.index != 6 || got < x-8 || got > x+8 {
		t.Errorf("six rows down the caret is at %v in row %d, want about %v in row 6", got, row.index, x)
	}
	for range 6 {
		f.typeKeys(fyne.KeyUp)
	}
	f.wantCaret("комнату")
	f.typeKeys(fyne.KeyUp)
	f.wantCaret("Однажды")
	f.typeKeys(fyne.KeyPageDown, fyne.KeyPageDown, fyne.KeyPageDown)
	f.wantCaret("")
	f.typeKeys(fyne.KeyPageUp, fyne.KeyPageUp)
	f.wantCaret("Однажды")
}

func TestHomeAndEndOfRows(t *testing.T) {
	f := open(t, strings.Repeat("ы", 300)) // one word over several rows
	f.typeKeys(fyne.KeyEnd)
	first := f.layout.row(0)
	if f.caret != first.to || f.layout.rowAt(f.caret, f.upstream).index != 0 {
		t.Errorf("End leaves the caret at %d in row %d, want %d in row 0", f.caret, f.layout.rowAt(f.caret, f.upstream).index, first.to)
	}
	f.typeKeys(fyne.KeyRight, fyne.KeyHome)
	if f.caret != first.to || f.layout.rowAt(f.caret, f.upstream).index != 1 {
		t.Errorf("Home leaves the caret at %d, want %d, the start of row 1", f.caret, first.to)
	}
	f = open(t, prose)
	f.typeKeys(fyne.KeyEnd)
	if end := f.layout.row(0).to - 1; f.caret != end || f.buf.Slice(end, end+1) != " " {
		t.Errorf("End leaves the caret at %d, want %d, before the space the row was wrapped at", f.caret, end)
	}
}

func TestUndoAcrossGeneration(t *testing.T) {
	f := open(t, "")
	test.Type(f, "Он")
	f.generate(" вошёл", " в", " дом.")
	test.Type(f, " Да")
	f.wantText("Он вошёл в дом. Да")
	for _, want := range []string{"Он вошёл в дом. ", "Он вошёл в дом.", "Он", ""} {
		f.TypedShortcut(&fyne.ShortcutUndo{})
		f.wantText(want)
		f.wantCaret("")
	}
	for _, redo := range []func(){
		func() { f.TypedShortcut(&fyne.ShortcutRedo{}) },
		func() { f.ctrl(fyne.KeyZ, fyne.KeyModifierShift) },
	} {
		redo()
	}
	f.wantText("Он вошёл в дом.")

	f.BeginGeneration(f.buf.Len())
	f.AppendGenerated(" Тихо")
	f.Undo()
	f.wantText("Он вошёл в дом.")
	if f.AppendGenerated(", очень") {
		t.Error("the model writes on after its generation was undone")
	}
}

func TestFollowsTheEnd(t *testing.T) {
	long := strings.Repeat(prose+"\n", 20)
	more := strings.Repeat("ещё слово ", 100)

	f := open(t, long)
	f.ctrl(fyne.KeyEnd)
	f.generate(more)
	f.wantCaret("")
	if !f.caretVisible() {
		t.Error("a caret at the end must keep the end in sight")
	}

	f.ctrl(fyne.KeyHome)
	f.generate(more)
	if f.caret != 0 || f.offset != 0 {
		t.Errorf("a caret elsewhere must hold the view: caret %d, offset %v", f.caret, f.offset)
	}

	f.ctrl(fyne.KeyEnd)
	f.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 1000)})
	offset := f.offset
	f.generate(more)
	f.wantCaret("")
	if f.offset != offset {
		t.Errorf("the view left what the person scrolled to: offset %v, want %v", f.offset, offset)
	}
}

func TestGenerationAboveTheView(t *testing.T) {
	f := open(t, strings.Repeat(prose+"\n", 20))
	f.ctrl(fyne.KeyEnd)
	first := f.layout.row(f.firstVisible() + 1)
	y, text := f.rowY(first.index), f.layout.text(first)
	f.BeginGeneration(0)
	f.AppendGenerated(strings.Repeat("Сначала.\n", 7))
	i := first.index + 7
	if got := f.layout.text(f.layout.row(i)); got != text || f.rowY(i) != y {
		t.Errorf("row %q at %v, want %q at %v", got, f.rowY(i), text, y)
	}
	f.wantCaret("")
}

func TestEditsDuringGeneration(t *testing.T) {
	f := open(t, "Он")
	f.ctrl(fyne.KeyEnd)
	f.BeginGeneration(f.buf.Len())
	f.AppendGenerated(" был")
	test.Type(f, "!")
	f.AppendGenerated(" там")
	f.wantText("Он был там!")
	f.wantCaret("")
	f.Select(0, len("Он"))
	test.Type(f, "Кот")
	f.AppendGenerated(" вчера")
	f.wantText("Кот был там вчера!")
	f.wantCaret(" был")
}

func TestClipboard(t *testing.T) {
	f := open(t, "Раз, два.")
	clip := test.NewClipboard()
	f.Select(0, len("Раз"))
	f.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clip})
	f.wantSelected("Раз")
	if clip.Content() != "Раз" {
		t.Errorf("copied %q", clip.Content())
	}
	f.TypedShortcut(&fyne.ShortcutCut{Clipboard: clip})
	f.wantText(", два.")
	f.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clip})
	if clip.Content() != "Раз" {
		t.Errorf("copying nothing left %q on the clipboard", clip.Content())
	}
	clip.SetContent("Ноль\r\n\tи  один\r\n")
	f.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
	f.wantText("Ноль\n\tи  один\n, два.")
	f.wantCaret(", два")
	f.Undo()
	f.wantText(", два.")
}

func TestReadOnly(t *testing.T) {
	f := open(t, "Раз")
	f.SetReadOnly(true)
	clip := test.NewClipboard()
	clip.SetContent("два")
	test.Type(f, "я")
	f.typeKeys(fyne.KeyReturn, fyne.KeyDelete)
	f.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
	f.SelectAll()
	f.TypedShortcut(&fyne.ShortcutCut{Clipboard: clip})
	f.wantText("Раз")
	f.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clip})
	if clip.Content() != "Раз" {
		t.Errorf("copied %q", clip.Content())
	}
	f.generate(" два")
	f.wantText("Раз два")
}

func TestOtherKeysGoOn(t *testing.T) {
	f := open(t, "")
	var got []string
	f.window.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { got = append(got, string(k.Name)) })
	run := &desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierControl}
	find := &desktop.CustomShortcut{KeyName: fyne.KeyF, Modifier: fyne.KeyModifierControl}
	f.OnShortcut = func(s fyne.Shortcut) { got = append(got, s.ShortcutName()) }
	f.typeKeys(fyne.KeyEscape, fyne.KeyF9)
	f.TypedShortcut(run)
	f.TypedShortcut(find)
	if want := []string{"Escape", "F9", run.ShortcutName(), find.ShortcutName()}; !slices.Equal(got, want) {
		t.Errorf("the window got %q, want %q", got, want)
	}
	f.wantText("")
}

func TestCaretBlinks(t *testing.T) {
	f := open(t, "текст")
	tick := f.blink.running.Tick
	shown := func() bool {
		for _, o := range test.WidgetRenderer(f.Editor).Objects() {
			if o.Size().Width == caretWidth {
				return true
			}
		}
		return false
	}
	if tick(0.2); !shown() {
		t.Error("no caret after the focus came")
	}
	f.time = f.time.Add(blinkPeriod * 3 / 4)
	if tick(0.7); shown() {
		t.Error("the caret does not vanish")
	}
	if f.typeKeys(fyne.KeyRight); !shown() {
		t.Error("no caret after a move")
	}
	f.window.Canvas().Unfocus()
	if shown() || f.blink.running != nil {
		t.Error("the caret stays without the focus")
	}
}

func TestMenu(t *testing.T) {
	f := open(t, "Раз два")
	enabled := func() []string {
		var labels []string
		for _, it := range f.menu().Items {
			if !it.IsSeparator && !it.Disabled {
				labels = append(labels, it.Label)
			}
		}
		return labels
	}
	if got, want := enabled(), []string{"Выделить всё"}; !slices.Equal(got, want) {
		t.Errorf("offered %q, want %q", got, want)
	}
	f.TypedRune('я')
	f.Select(0, len("я"))
	fyne.CurrentApp().Clipboard().SetContent("три")
	if got, want := enabled(), []string{"Отменить", "Вырезать", "Копировать", "Вставить", "Удалить", "Выделить всё"}; !slices.Equal(got, want) {
		t.Errorf("offered %q, want %q", got, want)
	}
	for _, it := range f.menu().Items {
		if it.Label == "Вставить" {
			it.Action()
		}
	}
	f.wantText("триРаз два")
	f.TappedSecondary(&fyne.PointEvent{Position: fyne.NewPos(300, 40)})
	if len(f.window.Canvas().Overlays().List()) != 1 {
		t.Error("the right button shows no menu")
	}
}

func TestZoomAndResizeKeepThePlace(t *testing.T) {
	f := open(t, strings.Repeat(prose+"\n", 30))
	f.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -900)})
	first := f.layout.row(f.firstVisible()).from
	for _, change := range []func(){
		func() { f.SetTextSize(34) },
		func() { f.window.Resize(fyne.NewSize(500, 300)) },
		func() { f.SetTextSize(DefaultTextSize) },
		func() { f.window.Resize(fyne.NewSize(800, 400)) },
	} {
		change()
		if top := f.layout.row(f.firstVisible()); first < top.from || first > top.to {
			t.Errorf("the first row is now %d–%d, want the one that holds %d", top.from, top.to, first)
		}
	}
	if f.caret != 0 {
		t.Errorf("the caret moved to %d", f.caret)
	}
}

// TestLooks compares with images rendered in software with the font that the program carries. After a wanted change of
// looks, look at testdata/failed/*.png and move them up to testdata.
func TestLooks(t *testing.T) {
	for name, variant := range test.KnownThemeVariants() {
		t.Run(name, func(t *testing.T) {
			f := open(t, "")
			fyne.CurrentApp().Settings().SetTheme(deskTheme{variant})
			f.window.Resize(fyne.NewSize(640, 200))
			test.Type(f, "Однажды вечером, когда я вошёл в комнату, он спросил меня: — Что ты делаешь?")
			f.generate(" — Ничего, — ответил я и отвернулся к окну.", "\n— Так-таки и ничего?")
			test.Type(f, " Ёж 🙂\tтоже молчал.")
			from := strings.Index(f.buf.String(), "ответил")
			f.Select(from+len("ответил"), from)
			test.AssertImageMatches(t, name+".png", f.window.Canvas().Capture())
		})
	}
	f := open(t, "")
	f.window.Resize(fyne.NewSize(640, 200))
	test.AssertImageMatches(t, "empty.png", f.window.Canvas().Capture())
}

// TestForeignTheme shows the fallback of a theme that knows none of the editor's colours.
func TestForeignTheme(t *testing.T) {
	test.NewTempApp(t)
	p := newPalette(theme.DefaultTheme())
	_, _, _, behind := p.generated.RGBA()
	_, _, _, mark := p.mark.RGBA()
	if behind>>8 != thin || mark>>8 != 0xFF {
		t.Errorf("opacity %#x behind generated text and %#x under it, want %#x and 0xff", behind>>8, mark>>8, thin)
	}
}
