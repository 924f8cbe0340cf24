package completions

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxEvent bounds one line of a stream: a token with its alternatives is a few kilobytes.
const maxEvent = 4 << 20

// readEvents hands the events of a stream to each, until the one that ends it. A stream that breaks off is an error, and a
// final one if anything has been handed out.
func readEvents(body io.Reader, each func(Response)) error {
	told := false
	fail := func(err error) error {
		if told {
			return &final{err}
		}
		return err
	}
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), strings.TrimSpace(EventPrefix))
		if !ok {
			continue // comments and empty lines
		}
		data = strings.TrimSpace(data)
		if data == StreamEnd {
			return nil
		}
		var event struct {
			Response
			Failure
		}
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			return fail(fmt.Errorf("an event of the stream is no JSON: %w", err))
		}
		if event.Error.Message != "" {
			return fail(errors.New(event.Error.Message))
		}
		told = true
		each(event.Response)
	}
	if err := lines.Err(); err != nil {
		return fail(err)
	}
	return fail(errors.New("the stream broke off"))
}
