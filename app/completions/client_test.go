package completions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serving is a client, without pauses, of a server that answers its n-th request, from 1, by the function.
func serving(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *Client {
	t.Helper()
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(int(n.Add(1)), w, r) }))
	t.Cleanup(s.Close)
	c, err := NewClient(s.URL+"/v1/", "", "key")
	if err != nil {
		t.Fatal(err)
	}
	c.pause = func(int) time.Duration { return 0 }
	return c
}

const whole = `{"choices":[{"text":"x","index":0,"finish_reason":"stop"}]}`

// TestRetries: what may pass is tried again, what will not is told at once, and nothing is tried for ever.
func TestRetries(t *testing.T) {
	for _, c := range []struct {
		name     string
		fail     func(w http.ResponseWriter)
		kind     error // once the failure lasts
		requests int
	}{
		{"overloaded", func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }, ErrUnreachable, patience},
		{"too many", func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		}, ErrUnreachable, patience},
		{"later today", func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "9999")
			w.WriteHeader(http.StatusTooManyRequests)
		}, ErrUnreachable, 1},
		{"gone", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, ErrUnreachable, patience},
		{"half", func(w http.ResponseWriter) { fmt.Fprint(w, whole[:20]) }, ErrProtocol, patience},
		{"cut", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, whole)
		}, ErrProtocol, patience},
		{"endless", func(w http.ResponseWriter) {
			for range maxAnswer/(1<<20) + 1 {
				fmt.Fprint(w, strings.Repeat(" ", 1<<20))
			}
		}, ErrProtocol, 1},
		{"wrong key", func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) }, ErrKey, 1},
		{"no model", func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, ErrNotFound, 1},
		{"bad request", func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnprocessableEntity) }, ErrRequest, 1},
		{"redirect", func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(http.StatusPermanentRedirect)
		}, ErrProtocol, 1},
	} {
		var requests atomic.Int64
		lasting := serving(t, func(n int, w http.ResponseWriter, r *http.Request) {
			requests.Store(int64(n))
			if r.Header.Get("Authorization") != "Bearer key" || r.URL.Path != "/v1/completions" {
				t.Errorf("%s: %s with %v", c.name, r.URL, r.Header)
			}
			c.fail(w)
		})
		if _, err := lasting.Complete(t.Context(), Request{}); !errors.Is(err, c.kind) || int(requests.Load()) != c.requests {
			t.Errorf("%s: %v after %d requests, want %v after %d", c.name, err, requests.Load(), c.kind, c.requests)
		}
		passing := serving(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n < patience {
				c.fail(w)
				return
			}
			fmt.Fprint(w, whole)
		})
		answer, err := passing.Complete(t.Context(), Request{})
		if passes := c.requests > 1; passes != (err == nil) || passes && (len(answer.Choices) != 1 || answer.Choices[0].Text != "x") {
			t.Errorf("%s, passing: %+v, %v", c.name, answer, err)
		}
	}
	c := serving(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	ctx, cancel := context.WithCancel(t.Context())
	c.pause = func(int) time.Duration {
		cancel()
		return time.Hour
	}
	if _, err := c.Complete(ctx, Request{}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped while it waits: %v", err)
	}
}

// TestStream: a stream that breaks off before its first event is asked for again; afterwards nothing is told twice.
func TestStream(t *testing.T) {
	event := EventPrefix + whole + "\n\n"
	for _, c := range []struct {
		name, first string
		told        int
		ok          bool
	}{
		{"whole", event + ": a comment\n\n" + event + EventPrefix + StreamEnd + "\n\n", 2, true},
		{"empty at first", "", 1, true},
		{"no JSON at first", "data: {\n\n", 1, true},
		{"an error at first", `data: {"error":{"message":"out of memory"}}` + "\n\n", 1, true},
		{"broken off", event, 1, false},
		{"spoilt", event + "data: {\n\n", 1, false},
		{"failed", event + `data: {"error":{"message":"out of memory"}}` + "\n\n", 1, false},
	} {
		client := serving(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 1 {
				fmt.Fprint(w, c.first)
				return
			}
			fmt.Fprint(w, event+EventPrefix+StreamEnd+"\n\n")
		})
		told := 0
		err := client.Stream(t.Context(), Request{}, func(r Response) { told += len(r.Choices) })
		if told != c.told || (err == nil) != c.ok || err != nil && !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %d events, %v", c.name, told, err)
		}
	}
}

// TestPrompts reads each form of a prompt, and writes what every server understands.
func TestPrompts(t *testing.T) {
	for text, want := range map[string]string{
		`"a"`: `"a"`, `["a"]`: `"a"`, `["a","b"]`: `["a","b"]`, `[1,2]`: `[[1,2]]`, `[[1],[2,3]]`: `[[1],[2,3]]`, `null`: `""`,
	} {
		var p Prompts
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(p); err != nil || string(got) != want {
			t.Errorf("%s becomes %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{`5`, `{}`, `[1,"a"]`, `[1.5]`, `[99999999999]`} {
		if json.Unmarshal([]byte(text), new(Prompts)) == nil {
			t.Errorf("%s is a prompt", text)
		}
	}
	if got := Spell([]byte("ё")) + Spell([]byte{0xd1, 0x0a}); got != `ёbytes:\xd1\x0a` {
		t.Error(got)
	}
}

func TestPlaces(t *testing.T) {
	var p Places
	for _, c := range []struct {
		raw      string
		from, to int
	}{{"аб", 0, 2}, {"\xd1", 2, 3}, {"\x91в", 2, 4}, {"", 4, 4}, {"\xf0\x9f", 4, 5}, {"\xa6", 4, 5}, {"\x94", 4, 5}, {"z", 5, 6}} {
		if from, to := p.Next([]byte(c.raw)); from != c.from || to != c.to {
			t.Errorf("%q is at [%d, %d), want [%d, %d)", c.raw, from, to, c.from, c.to)
		}
	}
}

func TestAddresses(t *testing.T) {
	for address, plain := range map[string]bool{
		"http://127.0.0.1:8000/v1": false, "http://localhost/v1": false, "http://[::1]:1/v1": false, "https://gpu.example/v1": false, "http://gpu.example/v1": true, "http://10.0.0.2/v1": true,
	} {
		if c, err := NewClient(address, "m", ""); err != nil || c.Plain() != plain {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"", "gpu.example/v1", "ftp://gpu.example", "https://", "https://a:b@gpu.example", "https://gpu.example/v1?x=1", "https://gpu.example/#x"} {
		if _, err := NewClient(address, "m", ""); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := NewClient("https://gpu.example/v1", "m", "a\nb"); err == nil {
		t.Error("a key with a line feed is sent")
	}
}
