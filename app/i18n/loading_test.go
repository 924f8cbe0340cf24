package i18n

import (
	"testing"
	"time"

	"zachin/engine"
)

func TestLoading(t *testing.T) {
	for _, c := range []struct {
		progress         engine.Progress
		russian, english string
	}{
		{engine.Progress{}, "Модель загружается", "The model is loading"},
		{
			engine.Progress{Stage: engine.Preparing, Done: 1e9, Total: 4e9, Elapsed: 10 * time.Second},
			"Веса преобразуются для этой машины, один раз: 1,00 ГБ из 4,00 ГБ, 100,0 МБ/с, осталось 30 с",
			"Converting the weights for this machine, once: 1.00 GB of 4.00 GB, 100.0 MB/s, 30 s left",
		},
		{
			engine.Progress{Stage: engine.Checking, Done: 0, Total: 1.4e9, Elapsed: time.Minute},
			"Веса проверяются: 0,0 МБ из 1,40 ГБ", "Checking the weights: 0.0 MB of 1.40 GB",
		},
		{
			engine.Progress{Stage: engine.Uploading, Done: 13e6, Total: 26e6, Elapsed: 999 * time.Millisecond},
			"Модель загружается: 13,0 МБ из 26,0 МБ", "Loading the model: 13.0 MB of 26.0 MB",
		},
		{
			engine.Progress{Stage: engine.Uploading, Done: 2e9, Total: 2.6e9, Elapsed: time.Second},
			"Модель загружается: 2,00 ГБ из 2,60 ГБ, 2,00 ГБ/с, осталось 0 с", "Loading the model: 2.00 GB of 2.60 GB, 2.00 GB/s, 0 s left",
		},
		{
			engine.Progress{Stage: engine.Uploading, Done: 1e6, Total: 100e6, Elapsed: 2 * time.Second},
			"Модель загружается: 1,0 МБ из 100,0 МБ, 0,5 МБ/с, осталось 3 мин", "Loading the model: 1.0 MB of 100.0 MB, 0.5 MB/s, 3 min left",
		},
	} {
		if got := New(Russian).Loading(c.progress); got != c.russian {
			t.Errorf("%+v: %q, want %q", c.progress, got, c.russian)
		}
		if got := New(English).Loading(c.progress); got != c.english {
			t.Errorf("%+v: %q, want %q", c.progress, got, c.english)
		}
	}
}
