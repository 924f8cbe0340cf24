package editor

import "unicode"

// maxRowBytes ends a row of characters without width, or of nothing but spaces, which hang past the margin otherwise.
const maxRowBytes = 4 << 10

// firstRow returns the length in bytes of the first row of a paragraph that starts with text, wrapped at width.
// It is 0 if the row may go on after the text, which is never so if whole says that the paragraph ends there.
//
// Rows break after spaces, which hang past the margin, and after hyphens between letters; a dash stays with the word
// before it, as Russian typography wants. A word longer than the row breaks anywhere between clusters.
func firstRow(m *metrics, text string, width float32, whole bool) int {
	breakAt := 0
	inSpace := false
	var before rune
	p := m.walk(text)
	for p.step() {
		r := p.rune()
		switch {
		case p.at >= maxRowBytes:
			return p.at
		case r == ' ' || r == '\t':
			inSpace = true
		default:
			afterHyphen := before == '-' && unicode.IsLetter(r)
			if p.at > 0 && (inSpace && r != '—' || afterHyphen) {
				breakAt = p.at
			}
			inSpace = false
			if p.next > width && p.at > 0 {
				if breakAt > 0 {
					return breakAt
				}
				return p.at
			}
		}
		before = r
	}
	if whole {
		return len(text)
	}
	return 0
}
