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
			"Веса преобразуются для этой машины, один раз: 25 %, 1,0 из 4,0 ГБ, 100 МБ/с, осталось 30 с",
			"Converting the weights for this machine, once: 25 %, 1.0 of 4.0 GB, 100 MB/s, 30 s left",
		},
		{
			engine.Progress{Stage: engine.Checking, Done: 0, Total: 1.4e9, Elapsed: time.Minute},
			"Веса проверяются: 0 %, 0,0 из 1,4 ГБ", "Checking the weights: 0 %, 0.0 of 1.4 GB",
		},
		{
			engine.Progress{Stage: engine.Uploading, Done: 13e6, Total: 26e6, Elapsed: 999 * time.Millisecond},
			"Модель загружается: 50 %, 13 из 26 МБ", "Loading the model: 50 %, 13 of 26 MB",
		},
		{
			engine.Progress{Stage: engine.Uploading, Done: 2e9, Total: 2.6e9, Elapsed: time.Second},
			"Модель загружается: 76 %, 2,0 из 2,6 ГБ, 2,0 ГБ/с, осталось 1 с", "Loading the model: 76 %, 2.0 of 2.6 GB, 2.0 GB/s, 1 s left",
		},
		{
			engine.Progress{Stage: engine.Uploading, Done: 1e6, Total: 100e6, Elapsed: 2 * time.Second},
			"Модель загружается: 1 %, 1 из 100 МБ, 0 МБ/с, осталось 4 мин", "Loading the model: 1 %, 1 of 100 MB, 0 MB/s, 4 min left",
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
