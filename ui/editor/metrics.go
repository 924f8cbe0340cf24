package editor

import (
	"math"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"zachin/ui/textbuf"
)

const (
	lineSpacing = 1.5 // of the text size, as design.md asks
	measure     = 72  // the most characters in a row, on average
	tabSpaces   = 4   // the distance of tab stops, in spaces

	firstUnkerned = 0x2300 // technical symbols, pictures and scripts without kerning follow in Unicode
)

// metrics measures text in one font at one size. Fyne can only measure whole strings, so the advance of each character
// is found once per character before it, which accounts for kerning, and remembered.
type metrics struct {
	font       fyne.Resource
	size       float32
	textHeight float32 // of the glyphs' box
	rowHeight  float32 // whole pixels, so that neighbouring rows meet without a seam
	baseline   float32 // from the top of the glyphs' box
	pairs      map[pair]float32
	clusters   map[string]float32 // clusters without kerning: of several runes, or from firstUnkerned on
}

// pair is a rune and the one before it in its row; 0 if there is none.
type pair struct{ before, r rune }

func newMetrics(font fyne.Resource, size float32) *metrics {
	m := &metrics{font: font, size: size, pairs: map[pair]float32{}, clusters: map[string]float32{}}
	box, baseline := fyne.CurrentApp().Driver().RenderedTextSize("x", size, fyne.TextStyle{}, font)
	m.textHeight, m.baseline = box.Height, baseline
	m.rowHeight = float32(math.Round(float64(size * lineSpacing)))
	return m
}

func (m *metrics) width(s string) float32 { return m.widthIn(m.font, s) }

func (m *metrics) widthIn(font fyne.Resource, s string) float32 {
	box, _ := fyne.CurrentApp().Driver().RenderedTextSize(s, m.size, fyne.TextStyle{}, font)
	return box.Width
}

// fontOf returns the font that a cluster is set in. Pictures are set in the theme's font, nil: Fyne looks into its own
// emoji and symbol fonts only there.
func (m *metrics) fontOf(cluster string) fyne.Resource {
	for _, r := range cluster {
		if r >= firstUnkerned && r < 0x2C00 || r >= 0x1F000 && r < 0x20000 || r == '\uFE0F' {
			return nil
		}
	}
	return m.font
}

// columnWidth is the width of the longest row wanted: a piece of ordinary prose, stretched to the measure.
func (m *metrics) columnWidth() float32 {
	const prose = "Однажды вечером, когда я вошёл в комнату, он спросил меня: — Что ты делаешь?"
	return m.width(prose) * measure / float32(utf8.RuneCountInString(prose))
}

// advance returns how far the cluster moves the pen that stands at x after the rune before.
func (m *metrics) advance(before rune, cluster string, x float32) float32 {
	r, n := utf8.DecodeRuneInString(cluster)
	switch {
	case r == '\t':
		stop := tabSpaces * m.advance(0, " ", 0)
		return stop - float32(math.Mod(float64(x), float64(stop)))
	case n < len(cluster) || r >= firstUnkerned:
		w, known := m.clusters[cluster]
		if !known {
			w = m.widthIn(m.fontOf(cluster), cluster)
			m.clusters[cluster] = w
		}
		return w
	}
	key := pair{before, r}
	w, known := m.pairs[key]
	if !known {
		w = m.width(cluster)
		if before != 0 {
			w = m.width(string(before)+cluster) - m.width(string(before))
		}
		m.pairs[key] = w
	}
	return w
}

// pen walks a row cluster by cluster.
type pen struct {
	m      *metrics
	text   string
	at     int     // where in text the cluster starts
	n      int     // its size in bytes, 0 before the first and after the last
	x      float32 // where it is drawn
	next   float32 // where it ends
	before rune
}

func (m *metrics) walk(text string) pen { return pen{m: m, text: text} }

// step goes to the next cluster and reports whether there is one.
func (p *pen) step() bool {
	p.at, p.x = p.at+p.n, p.next
	p.n = textbuf.FirstCluster(p.text[p.at:])
	if p.n == 0 {
		return false
	}
	cluster := p.text[p.at : p.at+p.n]
	p.next = p.x + p.m.advance(p.before, cluster, p.x)
	if p.before = p.rune(); utf8.RuneLen(p.before) < p.n || p.before == '\t' || p.before >= firstUnkerned {
		p.before = 0
	}
	return true
}

// rune returns the first rune of the cluster.
func (p *pen) rune() rune {
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	return r
}

// font returns the font of the cluster.
func (p *pen) font() fyne.Resource { return p.m.fontOf(p.text[p.at : p.at+p.n]) }

// xOf returns where in a row the cluster at offset at of its text begins.
func (m *metrics) xOf(text string, at int) float32 {
	p := m.walk(text)
	for p.step() && p.at+p.n <= at {
	}
	return p.x
}

// offsetAt returns the offset in a row's text of the cluster boundary nearest to x.
func (m *metrics) offsetAt(text string, x float32) int {
	p := m.walk(text)
	for p.step() {
		if x < (p.x+p.next)/2 {
			break
		}
	}
	return p.at
}
