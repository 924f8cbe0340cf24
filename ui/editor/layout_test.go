package editor

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/ui/textbuf"
)

// rowsOf returns the rows that a text is broken into.
func rowsOf(f *fixture) []string {
	var rows []string
	for i := range f.layout.rows {
		rows = append(rows, f.layout.text(f.layout.row(i)))
	}
	return rows
}

func TestWraps(t *testing.T) {
	f := open(t, "")
	for _, tc := range []struct {
		text, fits string // the column is as wide as fits
		want       []string
	}{
		{"", "раз", []string{""}},
		{"раз\n\nдва\n", "два", []string{"раз", "", "два", ""}},
		{"раз два три четыре", "раз два три чет", []string{"раз два три ", "четыре"}},
		{"раз два", "два", []string{"раз ", "два"}},
		{"где-нибудь-то", "где-нибудь-т", []string{"где-нибудь-", "то"}},
		{"1941-1945", "1941-194", []string{"1941-194", "5"}},
		{"шестьдесят   один", "шестьдесят", []string{"шестьдесят   ", "один"}},
		{"он сказал — да", "он сказал ", []string{"он ", "сказал — ", "да"}},
		{"он сказал — да", "он сказал —", []string{"он сказал — ", "да"}},
		{"без\u00a0разрыва тут", "без\u00a0разрыва ту", []string{"без\u00a0разрыва ", "тут"}},
		{"и без\u00a0разрыва", "и без\u00a0раз", []string{"и ", "без\u00a0разр", "ыва"}},
		{"ыыыыыыыы", "ыыы", []string{"ыыы", "ыыы", "ыы"}},
		{"e\u0301e\u0301e\u0301", "e\u0301e", []string{"e\u0301e\u0301", "e\u0301"}},
	} {
		f.SetBuffer(textbuf.New(tc.text))
		f.layout.width = f.layout.m.width(tc.fits) + 0.1
		f.layout.reset()
		if got := rowsOf(f); !slices.Equal(got, tc.want) {
			t.Errorf("%q wraps into %q, want %q", tc.text, got, tc.want)
		}
	}
}

// TestUpdateEqualsReset edits at random and compares the rows with those of wrapping the whole text again.
func TestUpdateEqualsReset(t *testing.T) {
	f := open(t, strings.Repeat(prose+" ", 6)+"\n"+strings.Repeat("ы-", 200)+"\n\n"+prose)
	rng := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"", "", "", "ы", " ", "\n", "— ", "из-за", "очень_длинное_слово_без_пробелов_и_дефисов_на_всю_строку_и_дальше_ещё", "две\nстроки", prose}
	for op := range 3000 {
		from := f.buf.Snap(rng.IntN(f.buf.Len() + 1))
		to := f.buf.Snap(min(from+rng.IntN(40), f.buf.Len()))
		var c textbuf.Change
		switch rng.IntN(6) {
		case 0:
			c, _ = f.buf.Undo()
			if c.NewLines == 0 {
				continue
			}
		default:
			c = f.buf.Replace(from, to, pieces[rng.IntN(len(pieces))])
		}
		f.layout.update(c)
		want := layout{buf: f.buf, m: f.layout.m, width: f.layout.width}
		want.reset()
		if f.layout.rows != want.rows || !reflect.DeepEqual(f.layout.paras, want.paras) {
			t.Fatalf("operation %d, %+v: rows %v, want %v", op, c, f.layout.paras, want.paras)
		}
	}
}

func TestRowsAndOffsets(t *testing.T) {
	f := open(t, prose+"\n\n"+prose)
	for i := range f.layout.rows {
		r := f.layout.row(i)
		if got := f.layout.rowAt(r.from, false); got != r {
			t.Errorf("the start of %+v is in %+v", r, got)
		}
		if got := f.layout.rowAt(r.to, true); r.from < r.to && got != r {
			t.Errorf("the end of %+v is in %+v", r, got)
		}
	}
}

func megabyte() string {
	return strings.Repeat(strings.Repeat(prose+" ", 3)+"\n", 1<<20/(3*len(prose)))
}

// TestMegabyte counts what one screen and one keystroke cost in a text of 1 MB.
func TestMegabyte(t *testing.T) {
	f := open(t, megabyte())
	objects := func() int { return len(test.WidgetRenderer(f.Editor).Objects()) }
	rows := int(f.Size().Height/f.layout.m.rowHeight) + 2
	for range 5 {
		f.Select(f.caret, f.buf.Snap(f.caret+f.buf.Len()/6))
		if n := objects(); n < rows/2 || n > 3*rows {
			t.Errorf("%d objects at offset %d for %d rows in sight", n, f.caret, rows)
		}
		f.typeKeys(fyne.KeyLeft)
		before := f.layout.laid
		f.TypedRune('ж')
		if n := f.layout.laid - before; n > 6 {
			t.Errorf("a keystroke at %d measured %d rows", f.caret, n)
		}
	}
	f.BeginGeneration(f.buf.Len())
	f.AppendGenerated("Начало")
	before := f.layout.laid
	for range 100 {
		f.AppendGenerated(" слово")
	}
	if n := f.layout.laid - before; n > 300 {
		t.Errorf("100 generated words measured %d rows", n)
	}
}

// TestOneParagraph types in the middle of 1 MB without a line feed.
func TestOneParagraph(t *testing.T) {
	f := open(t, strings.Repeat(prose+" ", 1<<20/len(prose)))
	f.Select(f.buf.Len()/2, f.buf.Snap(f.buf.Len()/2))
	before := f.layout.laid
	f.TypedRune('ж')
	if n := f.layout.laid - before; n > 40 {
		t.Errorf("a keystroke measured %d rows of %d", n, f.layout.rows)
	}
}

func BenchmarkKeystroke1MB(b *testing.B) {
	f := open(b, megabyte())
	f.Select(0, f.buf.Snap(f.buf.Len()/2))
	f.typeKeys(fyne.KeyRight)
	b.ReportAllocs()
	for b.Loop() {
		f.TypedRune('ж')
	}
}

func BenchmarkGeneratedToken1MB(b *testing.B) {
	f := open(b, megabyte())
	f.ctrl(fyne.KeyEnd)
	f.BeginGeneration(f.buf.Len())
	for b.Loop() {
		f.AppendGenerated(" слово")
	}
}

func BenchmarkScroll1MB(b *testing.B) {
	f := open(b, megabyte())
	for b.Loop() {
		f.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -40)})
	}
}

func BenchmarkWrap1MB(b *testing.B) {
	f := open(b, megabyte())
	for b.Loop() {
		f.layout.reset()
	}
}
