package ui

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// monkey is a person who does anything at all.
type monkey struct {
	*rig
	random *rand.Rand
	files  []fyne.URI // to drop
	done   []string   // the latest deeds, for who must find out what went wrong
}

// deeds is what a monkey does, each as often as its weight says.
var deeds = []struct {
	weight int
	name   string
	do     func(*monkey) string
}{
	{120, "types", (*monkey).types},
	{80, "presses", (*monkey).presses},
	{40, "shortcut", (*monkey).pressesShortcut},
	{64, "clicks", (*monkey).clicks},
	{32, "moves", (*monkey).moves},
	{16, "scrolls", (*monkey).scrolls},
	{16, "drags", (*monkey).drags},
	{8, "commands", (*monkey).commandsSomething},
	{8, "continues", func(m *monkey) string { m.toggle(); return "" }},
	{4, "drops", (*monkey).drops},
	{2, "resizes", (*monkey).resizes},
	{1, "zooms", func(m *monkey) string { m.editor.OnZoom(2*m.random.IntN(2) - 1); return "" }},
	{1, "looks", func(m *monkey) string { m.window.Canvas().Capture(); return "" }},
}

// testEvents has monkeys do so many things in windows of so many events each, from a seed on. After each window the text is on the disk as it
// was seen.
func testEvents(t *testing.T, seed uint64, events, each int) {
	t.Setenv("HOME", t.TempDir()) // where the toolkit's dialogs look
	where := folders(t)
	for window := 0; window*each < events; window++ {
		t.Run(fmt.Sprint(window), func(t *testing.T) {
			f := newFake(t, " снег шёл, и<|endoftext|>ёж\nшёл <s>домой")
			m := &monkey{rig: open(t, where, f.load), random: rand.New(rand.NewPCG(seed, uint64(window)))}
			m.ready()
			m.files = droppable(t)
			defer func() {
				if t.Failed() || m.window == nil {
					t.Logf("did %s", strings.Join(m.done, "; "))
				}
			}()
			for range min(each, events-window*each) {
				m.act()
			}
			m.settleDown()
		})
	}
}

// act does one thing, and lets in what came of those before.
func (m *monkey) act() {
	total := 0
	for _, d := range deeds {
		total += d.weight
	}
	at := m.random.IntN(total)
	for _, d := range deeds {
		if at -= d.weight; at >= 0 {
			continue
		}
		m.done = append(m.done[max(0, len(m.done)-40):], d.name)
		func() {
			defer m.tellOfPanic()
			what := d.do(m)
			m.done[len(m.done)-1] += " " + what
			m.leaveFileDialog()
			m.letIn()
		}()
		break
	}
	if text := m.text(); !utf8.ValidString(text) {
		m.t.Fatalf("the text is no UTF-8: %q", text)
	}
	if len(m.text()) > 20_000 {
		m.writeText("Заново. ")
	}
}

// tellOfPanic tells what was done before a panic.
func (m *monkey) tellOfPanic() {
	if cause := recover(); cause != nil {
		m.t.Logf("did %s", strings.Join(m.done, "; "))
		panic(cause)
	}
}

// letIn runs what has come from other goroutines.
func (m *monkey) letIn() {
	for {
		select {
		case f := <-m.queue:
			f()
		default:
			return
		}
	}
}

// settleDown closes what is open, and looks whether the text that is seen is the one that is kept.
func (m *monkey) settleDown() {
	m.t.Helper()
	for _, o := range m.window.Canvas().Overlays().List() {
		m.window.Canvas().Overlays().Remove(o)
	}
	m.stop()
	m.until(func() bool { return m.writing == nil })
	m.save()
	d, id := m.document(), m.app.Current().ID
	_, kept, err := m.app.Documents().Load(m.ctx, id)
	if err != nil || kept.Text != d.Text || !slices.Equal(kept.Spans, d.Spans) {
		m.t.Errorf("seen %q %v, kept %q %v, %v", d.Text, d.Spans, kept.Text, kept.Spans, err)
	}
	if err := m.app.Documents().Check(m.ctx); err != nil {
		m.t.Error(err)
	}
}

func (m *monkey) types() string {
	letters := []rune("аяёЁщ z9 \n,.—«»<|>/s👩\u200d\u0301\t")
	r := letters[m.random.IntN(len(letters))]
	if f := m.window.Canvas().Focused(); f != nil {
		f.TypedRune(r)
	}
	return string(r)
}

func (m *monkey) presses() string {
	keys := []fyne.KeyName{
		fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyPageUp, fyne.KeyPageDown,
		fyne.KeyReturn, fyne.KeyReturn, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeySpace, fyne.KeyTab, fyne.KeyTab, fyne.KeyEscape,
		fyne.KeyF1, fyne.KeyF3, fyne.KeyF8, fyne.KeyF9, fyne.KeyInsert,
	}
	key, canvas := keys[m.random.IntN(len(keys))], m.window.Canvas()
	focused := canvas.Focused()
	tab, _ := focused.(fyne.Tabbable)
	switch {
	case key == fyne.KeyTab && (tab == nil || !tab.AcceptsTab()):
		canvas.FocusNext()
	case focused != nil:
		focused.TypedKey(&fyne.KeyEvent{Name: key})
	default:
		m.key(&fyne.KeyEvent{Name: key})
	}
	return string(key)
}

func (m *monkey) pressesShortcut() string {
	all := []fyne.Shortcut{
		&fyne.ShortcutUndo{}, &fyne.ShortcutUndo{}, &fyne.ShortcutRedo{}, &fyne.ShortcutSelectAll{},
		&fyne.ShortcutCopy{Clipboard: m.fyne.Clipboard()}, &fyne.ShortcutPaste{Clipboard: m.fyne.Clipboard()}, &fyne.ShortcutCut{Clipboard: m.fyne.Clipboard()},
		&desktop.CustomShortcut{KeyName: fyne.KeyRight, Modifier: fyne.KeyModifierShift | fyne.KeyModifierControl},
		&desktop.CustomShortcut{KeyName: fyne.KeyBackspace, Modifier: fyne.KeyModifierControl},
	}
	for _, b := range m.bindings() {
		if b.name != keyLarger && b.name != keySmaller && b.name != keyUsual { // zooming has its own rate: it is slow
			for i := range b.on {
				all = append(all, &b.on[i])
			}
		}
	}
	s := all[m.random.IntN(len(all))]
	if focused, ok := m.window.Canvas().Focused().(fyne.Shortcutable); ok {
		focused.TypedShortcut(s)
	} else {
		m.shortcut(s)
	}
	return s.ShortcutName()
}

// somewhere is a place in the window.
func (m *monkey) somewhere() fyne.Position {
	size := m.window.Canvas().Size()
	return fyne.NewPos(m.random.Float32()*size.Width, m.random.Float32()*size.Height)
}

func (m *monkey) clicks() string {
	at := m.somewhere()
	test.TapCanvas(m.window.Canvas(), at)
	return fmt.Sprint(at)
}

func (m *monkey) moves() string {
	at := m.somewhere()
	test.MoveMouse(m.window.Canvas(), at)
	return fmt.Sprint(at)
}

func (m *monkey) scrolls() string {
	at := m.somewhere()
	test.Scroll(m.window.Canvas(), at, 0, m.random.Float32()*200-100)
	return fmt.Sprint(at)
}

func (m *monkey) drags() string {
	at := m.somewhere()
	test.Drag(m.window.Canvas(), at, m.random.Float32()*200-100, m.random.Float32()*200-100)
	return fmt.Sprint(at)
}

func (m *monkey) commandsSomething() string {
	list := m.commands()
	c := list[m.random.IntN(len(list))]
	c.do()
	return c.name
}

func (m *monkey) resizes() string {
	size := fyne.NewSize(900+m.random.Float32()*700, 600+m.random.Float32()*400)
	m.window.Resize(size)
	return fmt.Sprint(size)
}

func (m *monkey) drops() string {
	file := m.files[m.random.IntN(len(m.files))]
	m.dropped([]fyne.URI{file})
	return file.Name()
}

// droppable are files of many kinds.
func droppable(t *testing.T) (files []fyne.URI) {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{
		"а.txt": "Снег шёл.\r\nИ шёл.", "б.md": "# Снег\n\nшёл", "в.txt": "\xd1\xed\xe5\xe3 \xf8\xb8\xeb", "г.txt": "", "д.csv": "вопрос;ответ\nкто?;ёж\n",
		"е.json": `{"zachin": 1}`, "ж.bin": "\x00\x01", "з.jsonl": `{"a": "б"}`, "и.zip": "PK",
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, storage.NewFileURI(path))
	}
	slices.SortFunc(files, func(a, b fyne.URI) int { return strings.Compare(a.Name(), b.Name()) })
	return files
}

// leaveFileDialog closes a dialog about files, which could write anywhere.
func (m *monkey) leaveFileDialog() {
	overlays := m.window.Canvas().Overlays()
	for _, o := range overlays.List() {
		files := false
		walk(o, func(part fyne.CanvasObject) {
			_, grid := part.(*widget.GridWrap) // nothing of ours has one
			files = files || grid
		})
		if files {
			overlays.Remove(o)
		}
	}
}

// eventsSeed is the environment's variable with another seed.
const eventsSeed = "ZACHIN_TEST_EVENTS_SEED"

const fewEvents = 1500

// TestEvents is testEvents in short; the soak test with the race detector has 100,000.
func TestEvents(t *testing.T) {
	seed := uint64(6)
	if text := os.Getenv(eventsSeed); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	testEvents(t, seed, fewEvents, fewEvents/3)
}
