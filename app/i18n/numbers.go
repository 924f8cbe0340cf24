package i18n

import (
	"strconv"
	"strings"
)

// Number writes a number with so many digits after the decimal mark of the language: 2,6 or 2.6.
func (s *Strings) Number(x float64, digits int) string {
	text := strconv.FormatFloat(x, 'f', digits, 64)
	if s.language == Russian {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}
