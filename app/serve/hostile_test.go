package serve

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"zachin/app/demotest"
)

// TestGuard asks in all combinations of Host, Origin, token and size: 4 hosts that are right or wrong in some way, and so on.
func TestGuard(t *testing.T) {
	s := begin(t, demotest.Load(t), Options{Origins: []string{"https://listed.example"}, MaxBody: 1 << 10})
	_, port, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	hosts := map[string]bool{
		"127.0.0.1:" + port: true, "localhost:" + port: true,
		"": false, "127.0.0.1": false, "localhost:1": false, "evil.example:" + port: false, "localhost.evil.example:" + port: false, "LOCALHOST:" + port: false,
		"127.0.0.2:" + port: false, "[::1]:" + port: false,
	}
	origins := map[string]bool{"": true, "https://listed.example": true, "https://evil.example": false, "null": false, "https://listed.example.evil": false, "http://listed.example": false}
	tokens := map[string]bool{"Bearer " + testToken: true, "": false, "Bearer ": false, "Bearer secre": false, "Basic " + testToken: false}
	sizes := map[int]bool{20: true, 2 << 10: false}
	cases := 0
	for host, rightHost := range hosts {
		for origin, rightOrigin := range origins {
			for token, rightToken := range tokens {
				for size, rightSize := range sizes {
					want := http.StatusOK
					switch {
					case host == "":
						want = http.StatusBadRequest // net/http itself wants a host
					case !rightHost || !rightOrigin:
						want = http.StatusForbidden
					case !rightToken:
						want = http.StatusUnauthorized
					case !rightSize:
						want = http.StatusRequestEntityTooLarge
					}
					for _, chunked := range []bool{false, true} {
						cases++
						got, allowed := s.raw(t, host, origin, token, size, chunked)
						if got != want {
							t.Errorf("Host %q, Origin %q, %q, %d bytes: %d, want %d", host, origin, token, size, got, want)
						}
						if (allowed != "") != (origin == "https://listed.example" && host != "") || allowed != "" && allowed != origin {
							t.Errorf("Host %q, Origin %q: pages of %q may read it", host, origin, allowed)
						}
					}
				}
			}
		}
	}
	if cases < 200 {
		t.Errorf("only %d cases", cases)
	}
}

// raw sends a request to /tokenize as bytes, and returns the status and whom the answer lets read it.
func (s *Server) raw(t *testing.T, host, origin, token string, size int, chunked bool) (status int, allowed string) {
	t.Helper()
	conn, err := net.Dial("tcp", s.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var b strings.Builder
	b.WriteString("POST /tokenize HTTP/1.1\r\nConnection: close\r\n")
	if host != "" {
		b.WriteString("Host: " + host + "\r\n")
	}
	if origin != "" {
		b.WriteString("Origin: " + origin + "\r\n")
	}
	if token != "" {
		b.WriteString("Authorization: " + token + "\r\n")
	}
	body := `{"text":"` + strings.Repeat("a", size-11) + `"}`
	if chunked {
		fmt.Fprintf(&b, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	} else {
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	if _, err := conn.Write([]byte(b.String())); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode, answer.Header.Get("Access-Control-Allow-Origin")
}

// TestPreflight: a browser may learn, without the token, that a listed page may ask; and about other pages that they may not.
func TestPreflight(t *testing.T) {
	s := begin(t, demotest.Load(t), Options{Origins: []string{"https://listed.example"}})
	for origin, want := range map[string]int{"https://listed.example": http.StatusNoContent, "https://evil.example": http.StatusForbidden} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.URL()+"/completions", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want || (answer.Header.Get("Access-Control-Allow-Headers") != "") != (want == http.StatusNoContent) {
			t.Errorf("%s: %d %v", origin, answer.StatusCode, answer.Header)
		}
	}
}

// testSlowClients has many clients that never finish their heads or bodies, or do not read their streams, and asks beside
// them. Slow clients must not even make the queue longer.
func testSlowClients(t *testing.T, each int) {
	s := begin(t, demotest.Load(t), Options{Queue: 2 * each})
	address := s.listener.Addr().String()
	head := "POST /v1/completions HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: Bearer " + testToken + "\r\n"
	stream := `{"prompt":"Ночь","max_tokens":3,"stream":true,"logprobs":5}`
	for _, text := range []string{
		head[:20], head + "Content-Length: 100\r\n\r\n{", head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(stream), stream),
	} {
		for range each {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetReadBuffer(1 << 10)
			}
			if _, err := conn.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	start := time.Now()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				if status, data := s.post(t, "/tokenize", `{"text":"Ночь"}`); status != http.StatusOK {
					t.Errorf("%d %s", status, data)
				}
			}
			s.complete(t, `{"prompt":"Ночь","max_tokens":3}`)
		})
	}
	all.Wait()
	t.Logf("24 requests beside %d slow clients took %v", 3*each, time.Since(start))
	for len(s.waiting) > 0 { // streams that nobody reads are made all the same, and leave the model
		runtime.Gosched()
	}
}

// TestSlowClients is testSlowClients with 150; the soak test has 1000.
func TestSlowClients(t *testing.T) { testSlowClients(t, 50) }
