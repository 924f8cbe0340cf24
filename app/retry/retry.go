// Package retry tells how long to wait before a server is asked again: a hub by app/download, a completions server by
// app/completions.
package retry

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Pauses double from first to longest.
const (
	first   = 500 * time.Millisecond
	longest = 30 * time.Second
)

// Pause is the pause after so many failures in a row, 1 and more; a part of it is random, so that programs that were cut off
// together do not come back together.
func Pause(failures int) time.Duration {
	const enough = 8 // doublings to be beyond the longest
	pause := min(first<<min(failures-1, enough), longest)
	return pause/2 + rand.N(pause/2+1)
}

// After reads Retry-After: seconds, or a moment. A moment is compared with the server's own clock where it tells the
// time, since this computer's may be years off.
func After(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, until.Sub(now))
}
