package i18n

import (
	"math"
	"time"

	"zachin/engine"
)

// Loading tells how far loading is: what is being done, how much of it, how fast, and how long it will take.
func (s *Strings) Loading(p engine.Progress) string {
	if p.Total <= 0 {
		return s.T("loading.begins")
	}
	id := map[engine.Stage]string{
		engine.Preparing: "loading.preparing", engine.Checking: "loading.checking", engine.Uploading: "loading.uploading",
	}[p.Stage]
	unit, amount := s.bytes(float64(p.Total))
	text := s.T(id, "Percent", 100*p.Done/p.Total) + ", " +
		s.T(unit, "Done", amount(float64(p.Done)), "Total", amount(float64(p.Total)))
	// At first neither figure means anything.
	if p.Elapsed >= time.Second && p.Done > 0 {
		perSecond := float64(p.Done) / p.Elapsed.Seconds()
		unit, amount := s.bytes(perSecond)
		text += ", " + s.T(unit+".speed", "Speed", amount(perSecond)) + ", " + s.timeLeft(float64(p.Total-p.Done)/perSecond)
	}
	return text
}

// bytes is the unit that suits so many bytes, by its key, and how amounts are written in it.
func (s *Strings) bytes(n float64) (unit string, amount func(bytes float64) string) {
	if n < 1e9 {
		return "loading.megabytes", func(b float64) string { return s.Number(b/1e6, 0) }
	}
	return "loading.gigabytes", func(b float64) string { return s.Number(b/1e9, 1) }
}

// timeLeft says how many seconds are left, in minutes where there are many.
func (s *Strings) timeLeft(seconds float64) string {
	if seconds < 100 {
		return s.T("loading.left.seconds", "Count", int(math.Ceil(seconds)))
	}
	return s.T("loading.left.minutes", "Count", int(math.Ceil(seconds/60)))
}
