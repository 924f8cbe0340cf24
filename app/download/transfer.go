package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

const (
	longestStretch = 128      // chunks that a connection asks for at once
	readSize       = 64 << 10 // bytes; also what the bandwidth limit lets through at once
)

// stretch is a run of chunks that one connection fetches: chunks [next, end), and what has come of the first.
type stretch struct {
	next, end int
	buffer    []byte
}

// at is the position in the file of the next byte.
func (s *stretch) at() int64 { return int64(s.next)*ChunkSize + int64(len(s.buffer)) }

// fetch gets what is missing, over several connections if the server can give parts. The first error ends all of them.
func (t *transfer) fetch(ctx context.Context) error {
	if t.whole || len(t.part.have) == 1 {
		return t.follow(ctx, &stretch{end: len(t.part.have), buffer: make([]byte, 0, ChunkSize)})
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	count := min(t.opt.Connections, MaxConnections)
	most := min(longestStretch, (len(t.part.have)+count-1)/count)
	var connections sync.WaitGroup
	for range count {
		connections.Go(func() {
			buffer := make([]byte, 0, ChunkSize)
			for {
				from, to := t.part.claim(most)
				if from == to {
					return
				}
				if err := t.follow(ctx, &stretch{from, to, buffer}); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	connections.Wait()
	return context.Cause(ctx)
}

// follow fetches a stretch, over as many requests as it takes.
func (t *transfer) follow(ctx context.Context, s *stretch) error {
	for s.next < s.end && t.part.has(s.next) { // only a whole file has such chunks
		s.next++
	}
	if s.next == s.end {
		return nil
	}
	return t.hub.retry(ctx, filePatience, t.file.Name, t.tracker.retrying, func() (further bool, err error) {
		before := s.at()
		err = t.request(ctx, s)
		return s.at() > before, err
	})
}

// request asks once for what is missing of a stretch.
func (t *transfer) request(ctx context.Context, s *stretch) error {
	header := http.Header{}
	from, to := s.at(), min(int64(s.end)*ChunkSize, t.file.Size)
	ranged := !t.whole && (from > 0 || to < t.file.Size)
	if ranged {
		header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, to-1))
		// If-Range takes no weak ETag (RFC 9110, 13.1.5).
		if etag := t.part.etag(); etag != "" && !strings.HasPrefix(etag, "W/") {
			header.Set("If-Range", etag)
		}
	}
	a, err := t.hub.get(ctx, t.file.Name, t.hub.fileURL(t.repo, t.file), header)
	if err != nil {
		return err
	}
	defer a.close()
	if err := t.judge(a, from, to, ranged); err != nil {
		return err
	}
	if !ranged && from > 0 {
		if _, err := io.CopyN(io.Discard, a.Body, from); err != nil {
			return t.truncated(a, err)
		}
	}
	return t.receive(ctx, a, s)
}

// judge decides before the first byte whether an answer is what was asked for.
func (t *transfer) judge(a *answer, from, to int64, ranged bool) error {
	if err := statusError(t.file.Name, a); err != nil {
		return err
	}
	wrong := func(format string, args ...any) error {
		return &Error{Kind: ErrProtocol, Name: t.file.Name, Host: a.host, Text: fmt.Sprintf(format, args...)}
	}
	if commit := a.linked.Get("X-Repo-Commit"); commit != "" && !strings.EqualFold(commit, t.repo.Commit) {
		return wrong("it answers for commit %.40s instead of %s", commit, t.repo.Commit)
	}
	linked := strings.ToLower(strings.Trim(a.linked.Get("X-Linked-Etag"), `"`))
	if isHex(linked, 64) && t.file.SHA256 != "" && linked != t.file.SHA256 {
		return &HashError{t.file.Name, t.file.SHA256, linked}
	}
	if encoding := a.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return wrong("the content is encoded as %.40s", encoding)
	}
	if isPage(a.Header) {
		return wrong("a page came in the place of the file; the network may want a sign-in in the browser")
	}
	if same, err := t.part.sameETag(a.Header.Get("Etag")); err != nil {
		return err
	} else if !same {
		return errChanged
	}
	switch {
	case a.StatusCode == http.StatusPartialContent:
		return t.judgeRange(a.Header.Get("Content-Range"), from, to, ranged)
	case a.ContentLength >= 0 && a.ContentLength != t.file.Size:
		return wrong("it has %d bytes in the place of %d", a.ContentLength, t.file.Size)
	case ranged:
		return errWhole
	}
	return nil
}

// judgeRange compares the range that came with the one that was asked for. A server that gives others is asked for the
// whole file from then on.
func (t *transfer) judgeRange(text string, from, to int64, ranged bool) error {
	var first, last, size int64
	_, err := fmt.Sscanf(text, "bytes %d-%d/%d", &first, &last, &size)
	switch {
	case !ranged:
		return &Error{Kind: ErrProtocol, Name: t.file.Name, Text: "a part came in the place of the whole file"}
	case err != nil || first != from || last < first || last >= to:
		return errWhole
	case size != t.file.Size:
		return errChanged
	}
	return nil
}

// receive writes a stretch's chunks as they come in.
func (t *transfer) receive(ctx context.Context, a *answer, s *stretch) error {
	for s.next < s.end {
		length, present := t.part.length(s.next), t.part.has(s.next)
		for len(s.buffer) < length {
			filled := len(s.buffer)
			n, err := a.Body.Read(s.buffer[filled:min(length, filled+readSize)])
			s.buffer = s.buffer[:filled+n]
			if !present {
				t.tracker.came(n)
			}
			if limit := t.hub.limiter.WaitN(ctx, n); limit != nil {
				return context.Cause(ctx)
			}
			if err != nil && len(s.buffer) < length {
				return t.truncated(a, err)
			}
		}
		if !present {
			if err := t.part.put(s.next, s.buffer); err != nil {
				return err
			}
		}
		s.next, s.buffer = s.next+1, s.buffer[:0]
	}
	return nil
}

// truncated is the error of a body that ended early: another request can go on from there.
func (t *transfer) truncated(a *answer, err error) error {
	if errors.Is(err, io.EOF) {
		return lost(t.file.Name, a.host, io.ErrUnexpectedEOF)
	}
	return err
}
