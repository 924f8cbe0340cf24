package retry

import (
	"net/http"
	"testing"
	"time"
)

func TestWaits(t *testing.T) {
	for _, c := range []struct {
		after, date string
		want        time.Duration
	}{
		{"5", "", 5 * time.Second},
		{"-5", "", 0},
		{"", "", 0},
		{"soon", "", 0},
		{"99999999999999999999", "", 0},
		{"Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:27:30 GMT", 30 * time.Second},
		{"Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:29:30 GMT", 0},
		{"Wed, 21 Oct 2015 07:28:00 GMT", "", 0}, // long ago by this clock
	} {
		header := http.Header{"Retry-After": {c.after}, "Date": {c.date}}
		if got := After(header); got != c.want {
			t.Errorf("%q at %q: %v, want %v", c.after, c.date, got, c.want)
		}
	}
	for failures := 1; failures < 100; failures++ {
		if pause := Pause(failures); pause < first/2 || pause > longest {
			t.Errorf("after %d failures %v", failures, pause)
		}
	}
}
