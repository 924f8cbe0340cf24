package editor

import (
	"image/color"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"zachin/assets"
	"zachin/ui/textbuf"
)

const prose = "Однажды вечером, когда я вошёл в комнату, он спросил меня: — Что ты делаешь? Я не знал, что ответить, и " +
	"молча сел у окна. За окном шёл снег, и кто-то большой и усталый шёл по снегу, не разбирая дороги."

// fixture is an editor in a window of the test driver, and the clock it goes by.
type fixture struct {
	*Editor
	t      testing.TB
	window fyne.Window
	time   time.Time
}

// open shows a text in a window 800 × 400.
func open(t testing.TB, text string) *fixture {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(deskTheme{variant: theme.VariantLight})
	labels := Labels{
		Placeholder: "Начните писать.", Undo: "Отменить", Redo: "Повторить", Cut: "Вырезать", Copy: "Копировать",
		Paste: "Вставить", Delete: "Удалить", SelectAll: "Выделить всё",
	}
	f := &fixture{Editor: New(serif(), labels), t: t, time: time.Unix(1_700_000_000, 0)}
	f.now = func() time.Time { return f.time }
	f.SetBuffer(textbuf.New(text))
	f.window = test.NewTempWindow(t, f.Editor)
	f.window.SetPadded(false)
	f.window.Resize(fyne.NewSize(800, 400))
	f.window.Canvas().Focus(f.Editor)
	return f
}

func serif() fyne.Resource { return fyne.NewStaticResource("PTSerif", assets.Serif.TTF()) }

// typeKeys presses keys one after another, with Shift held if the first is Shift.
func (f *fixture) typeKeys(keys ...fyne.KeyName) {
	for _, k := range keys {
		f.KeyDown(&fyne.KeyEvent{Name: k})
		f.TypedKey(&fyne.KeyEvent{Name: k})
	}
	for _, k := range keys {
		f.KeyUp(&fyne.KeyEvent{Name: k})
	}
}

func (f *fixture) ctrl(key fyne.KeyName, more ...fyne.KeyModifier) {
	s := &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
	for _, m := range more {
		s.Modifier |= m
	}
	f.TypedShortcut(s)
}

// generate writes pieces of the model's text at the end.
func (f *fixture) generate(pieces ...string) {
	f.BeginGeneration(f.buf.Len())
	for _, p := range pieces {
		if !f.AppendGenerated(p) {
			f.t.Fatalf("the editor refuses %q", p)
		}
	}
	f.EndGeneration()
}

// at returns where a piece of the text begins on the screen, in the middle of its row's height. It measures with Fyne,
// not with the editor's own metrics.
func (f *fixture) at(piece string) fyne.Position {
	f.t.Helper()
	offset := strings.Index(f.buf.String(), piece)
	if offset < 0 {
		f.t.Fatalf("no %q in the text", piece)
	}
	row := f.layout.rowAt(offset, false)
	x := fyne.NewSize(0, 0)
	if offset > row.from {
		x, _ = fyne.CurrentApp().Driver().RenderedTextSize(f.buf.Slice(row.from, offset), DefaultTextSize, fyne.TextStyle{}, serif())
	}
	return fyne.NewPos(f.columnLeft()+x.Width, f.rowY(row.index)+f.layout.m.rowHeight/2)
}

// click presses and releases the left button.
func (f *fixture) click(at fyne.Position, modifiers ...fyne.KeyModifier) {
	ev := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: fyne.PointEvent{Position: at}}
	for _, m := range modifiers {
		ev.Modifier |= m
	}
	f.MouseDown(ev)
	f.MouseUp(ev)
}

func (f *fixture) drag(to fyne.Position) {
	f.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to}})
}

func (f *fixture) wantSelected(want string) {
	f.t.Helper()
	if got := f.SelectedText(); got != want {
		f.t.Errorf("selected %q, want %q", got, want)
	}
}

func (f *fixture) wantText(want string) {
	f.t.Helper()
	if got := f.buf.String(); got != want {
		f.t.Errorf("text %q, want %q", got, want)
	}
}

// wantCaret fails unless the caret is just before a piece of the text, or at the end if it is empty.
func (f *fixture) wantCaret(before string) {
	f.t.Helper()
	want := f.buf.Len()
	if before != "" {
		want = strings.Index(f.buf.String(), before)
	}
	if f.caret != want {
		f.t.Errorf("caret at %d, want %d, before %q", f.caret, want, before)
	}
}

// deskTheme is the palette of design.md.
type deskTheme struct{ variant fyne.ThemeVariant }

func (d deskTheme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	colors := map[fyne.ThemeColorName][2]color.NRGBA{
		theme.ColorNameBackground:  {rgb(0xFBFAF7), rgb(0x1C1B1A)},
		theme.ColorNameForeground:  {rgb(0x1F1E1B), rgb(0xE9E6DF)},
		theme.ColorNamePlaceHolder: {rgb(0x6E6A62), rgb(0x9C978D)},
		theme.ColorNamePrimary:     {rgb(0x2F5D8A), rgb(0x86B3DC)},
		theme.ColorNameSelection:   {rgb(0xC9DAEA), rgb(0x35506B)},
		ColorGenerated:             {rgb(0xEAF0F6), rgb(0x243140)},
		ColorGeneratedMark:         {rgb(0x2F5D8A), rgb(0x86B3DC)},
	}
	if c, known := colors[name]; known {
		if d.variant == theme.VariantDark {
			return c[1]
		}
		return c[0]
	}
	return theme.DefaultTheme().Color(name, d.variant)
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xFF}
}

func (d deskTheme) Font(s fyne.TextStyle) fyne.Resource     { return theme.DefaultTheme().Font(s) }
func (d deskTheme) Icon(n fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(n) }
func (d deskTheme) Size(n fyne.ThemeSizeName) float32       { return theme.DefaultTheme().Size(n) }
