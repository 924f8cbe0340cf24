package i18n

import (
	"strconv"
	"strings"
	"time"
)

// Number writes a number with so many digits after the decimal mark of the language: 2,6 or 2.6.
func (s *Strings) Number(x float64, digits int) string {
	text := strconv.FormatFloat(x, 'f', digits, 64)
	if s.language == Russian {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// Size writes a number of bytes in the unit that suits: 24.6 MB, 2.63 GB (powers of ten).
func (s *Strings) Size(bytes int64) string {
	const mega, giga = 1e6, 1e9
	if bytes >= giga {
		return s.T("unit.gigabytes", "Number", s.Number(float64(bytes)/giga, 2))
	}
	return s.T("unit.megabytes", "Number", s.Number(float64(bytes)/mega, 1))
}

// About writes a number of bytes as a person says it: 120 GB, 2.6 GB, 25 MB.
func (s *Strings) About(bytes int64) string {
	const mega, giga = 1e6, 1e9
	switch {
	case bytes >= 100*giga:
		return s.T("unit.gigabytes", "Number", s.Number(float64(bytes)/giga, 0))
	case bytes >= giga:
		return s.T("unit.gigabytes", "Number", s.Number(float64(bytes)/giga, 1))
	}
	return s.T("unit.megabytes", "Number", s.Number(float64(bytes)/mega, 0))
}

// Duration writes a time to wait, as exact as a person needs it: 8 s, 3 min, 2 h 5 min.
func (s *Strings) Duration(d time.Duration) string {
	switch minutes := int(d.Round(time.Minute).Minutes()); {
	case d < 100*time.Second:
		return s.T("unit.seconds", "Number", int(d.Round(time.Second).Seconds()))
	case minutes < 100:
		return s.T("unit.minutes", "Number", minutes)
	default:
		return s.T("unit.hours", "Hours", minutes/60, "Minutes", minutes%60)
	}
}
