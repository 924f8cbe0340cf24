package sample

import "strings"

// StopMatcher finds the first stop string in streamed text, however the text is cut into pieces. The first is the one
// that is complete first; of those complete at the same place, the longest.
type StopMatcher struct {
	stops   []string
	held    string // end of the text so far that may begin a stop string
	stopped bool
}

// NewStopMatcher returns a matcher for the stop strings, none of which is empty.
func NewStopMatcher(stops []string) *StopMatcher { return &StopMatcher{stops: stops} }

// Push takes the next piece of text and returns what may be shown now: everything that cannot belong to a stop string.
// Once a stop string is complete, emit ends before it, stopped is true, and all later text is swallowed.
func (m *StopMatcher) Push(text string) (emit string, stopped bool) {
	if m.stopped {
		return "", true
	}
	text = m.held + text
	if start, found := m.first(text); found {
		m.held, m.stopped = "", true
		return text[:start], true
	}
	hold := m.partial(text)
	m.held = text[len(text)-hold:]
	return text[:len(text)-hold], false
}

// Flush returns the text held back, when the stream has ended without a stop string.
func (m *StopMatcher) Flush() string {
	held := m.held
	m.held = ""
	return held
}

// first returns where the stop string that is complete first begins.
func (m *StopMatcher) first(text string) (start int, found bool) {
	end := len(text) + 1
	for _, stop := range m.stops {
		if at := strings.Index(text, stop); at >= 0 {
			if e := at + len(stop); e < end || e == end && at < start {
				start, end, found = at, e, true
			}
		}
	}
	return start, found
}

// partial returns the length of the longest end of text that begins a stop string.
func (m *StopMatcher) partial(text string) int {
	longest := 0
	for _, stop := range m.stops {
		for n := min(len(stop)-1, len(text)); n > longest; n-- {
			if strings.HasSuffix(text, stop[:n]) {
				longest = n
			}
		}
	}
	return longest
}
