package i18n

import (
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
	text := s.T(id, "Done", s.Size(p.Done), "Total", s.Size(p.Total))
	// At first neither figure means anything.
	if p.Elapsed >= time.Second && p.Done > 0 {
		perSecond := float64(p.Done) / p.Elapsed.Seconds()
		left := time.Duration(float64(p.Total-p.Done) / perSecond * float64(time.Second))
		text += s.T("loading.speed", "Speed", s.Size(int64(perSecond)), "Left", s.Duration(left))
	}
	return text
}
