package download

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"zachin/app/download/hubtest"
)

// TestFetch: several connections fetch parts of one file, bound to its ETag; progress ends where it must.
func TestFetch(t *testing.T) {
	s := newSetting(t)
	out, err := s.get(t)
	if err != nil {
		t.Fatal(err)
	}
	if s.checkInstalled(t) != 2 || out.Resumed != 0 || len(out.Files) != 2 {
		t.Errorf("%+v", out)
	}
	ranges := map[string]bool{}
	for _, r := range s.fake.Requests() {
		if r.Where == hubtest.Storage {
			ranges[r.Range] = true
		}
	}
	if len(ranges) != 3 || ranges[""] {
		t.Errorf("the ranges asked for are %v", ranges)
	}
	last := s.told[len(s.told)-1]
	if want := int64(len(s.small) + len(s.large)); last.Done != want || last.Total != want || last.Phase != Fetching {
		t.Errorf("the last progress is %+v", last)
	}
	for i, p := range s.told[1:] {
		if p.Done < s.told[i].Done && p.Phase != Asking && s.told[i].Phase != Asking {
			t.Errorf("progress goes back: %+v, %+v", s.told[i], p)
		}
	}
	if hosts := s.hub.Hosts(); strings.Join(hosts, " ") != frontHost+" "+storeHost {
		t.Errorf("hosts %v", hosts)
	}
	s.checkSecrets(t, nil)
}

// TestJournalSurvives: a journal torn at any byte, or with lies in it, costs at most the chunks that it speaks of.
func TestJournalSurvives(t *testing.T) {
	s := newSetting(t)
	if _, err := s.get(t); err != nil {
		t.Fatal(err)
	}
	path := journalPath(s.dir, "model.safetensors")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, torn := range [][]byte{
		whole[:len(whole)-30], whole[:10], nil, []byte(strings.Repeat("x", 200_000)),
		[]byte(strings.ReplaceAll(string(whole), "chunk 1 ", "chunk -1 ")),
		[]byte(strings.ReplaceAll(string(whole), "chunk 1 ", "chunk 999999999 ")),
		[]byte(strings.ReplaceAll(string(whole), "etag ", "etag other")),
		[]byte(strings.ReplaceAll(string(whole), "chunk 2 ", "chunk 3 ")),
	} {
		if err := os.WriteFile(path, torn, 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := s.get(t)
		if err != nil || s.checkInstalled(t) != 2 {
			t.Errorf("journal %d: %+v, %v", i, out, err)
		}
		if i == 0 && out.Resumed < 4*ChunkSize {
			t.Errorf("a torn last line cost all but %d bytes", out.Resumed)
		}
	}
}

// TestNoTokenElsewhere: a hub on another port of the same host is another hub.
func TestNoTokenElsewhere(t *testing.T) {
	s := newSetting(t)
	s.fake.StoreURL = "https://" + frontHost + ":8443"
	s.names[frontHost] = "203.0.113.1:443 " + s.fake.Front.Listener.Addr().String()
	dial := s.hub.client.Transport.(*http.Transport).DialContext
	s.hub.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasSuffix(address, ":8443") {
			return new(net.Dialer).DialContext(ctx, network, s.fake.Store.Listener.Addr().String())
		}
		return dial(ctx, network, address)
	}
	if _, err := s.get(t); err != nil || s.checkInstalled(t) != 2 {
		t.Error(err)
	}
	s.checkSecrets(t, nil)
}

// TestPrivateAddress: the connection itself refuses what a name resolves to; no look-up before could know.
func TestPrivateAddress(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	h, err := New(Config{Endpoint: DefaultEndpoint})
	if err != nil {
		t.Fatal(err)
	}
	var refused *Error
	if _, err := h.dial(t.Context(), "tcp", listener.Addr().String()); !errors.As(err, &refused) || refused.Kind != ErrRedirect {
		t.Errorf("from a public hub: %v", err)
	}
	conn, err := h.dial(context.WithValue(t.Context(), proxied{}, true), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatalf("to a proxy: %v", err)
	}
	_ = conn.Close()
	for ip, want := range map[string]bool{
		"127.0.0.1:1": true, "10.1.2.3:1": true, "192.168.0.1:1": true, "172.16.0.1:1": true, "169.254.169.254:1": true, "100.64.0.1:1": true,
		"[::1]:1": true, "[fe80::1]:1": true, "[fc00::1]:1": true, "[::ffff:10.0.0.1]:1": true, "0.0.0.0:1": true, "224.0.0.1:1": true,
		"8.8.8.8:1": false, "[2606:4700::1]:1": false, "172.32.0.1:1": false,
	} {
		if err := h.judge("elsewhere.example.com", ip); (err != nil) != want {
			t.Errorf("%s: %v", ip, err)
		}
	}
	// A mirror inside a company may well redirect to a machine inside.
	if err := errors.Join(h.judge("huggingface.co", "10.0.0.1:443"), h.judge("storage.corp", "10.0.0.2:443")); err != nil {
		t.Error(err)
	}
}

// TestProxy: what HTTPS_PROXY names carries everything, itself at a private address; the token stays inside TLS.
func TestProxy(t *testing.T) {
	s := newSetting(t)
	var mu sync.Mutex
	asked := map[string]bool{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				r, err := http.ReadRequest(bufio.NewReader(client))
				if err != nil || r.Method != http.MethodConnect {
					return
				}
				mu.Lock()
				asked[r.Host] = true
				mu.Unlock()
				to := s.fake.Front
				if strings.HasPrefix(r.Host, storeHost) {
					to = s.fake.Store
				}
				server, err := net.Dial("tcp", to.Listener.Addr().String())
				if err != nil {
					return
				}
				defer server.Close()
				fmt.Fprint(client, "HTTP/1.1 200 OK\r\n\r\n")
				go func() { _, _ = io.Copy(server, client) }()
				_, _ = io.Copy(client, server)
			}()
		}
	}()
	env := map[string]string{"https_proxy": "http://" + listener.Addr().String(), "HF_ENDPOINT": "https://" + frontHost, "HF_TOKEN": testToken}
	h, err := New(FromEnvironment(func(name string) string { return env[name] }))
	if err != nil {
		t.Fatal(err)
	}
	h.client.Transport.(*http.Transport).TLSClientConfig = s.hub.client.Transport.(*http.Transport).TLSClientConfig
	s.hub = h
	if _, err := s.get(t); err != nil || s.checkInstalled(t) != 2 {
		t.Error(err)
	}
	if !asked[frontHost+":443"] || !asked[storeHost+":443"] {
		t.Errorf("the proxy was asked for %v", asked)
	}
	s.checkSecrets(t, nil)
}

// TestLimit: the bandwidth limit holds for all connections together.
func TestLimit(t *testing.T) {
	s := newSetting(t)
	s.hub.SetLimit(8 << 20)
	start := time.Now()
	if _, err := s.get(t); err != nil {
		t.Fatal(err)
	}
	least := time.Duration(float64(len(s.large)-readSize) / (8 << 20) * float64(time.Second))
	if took := time.Since(start); took < least {
		t.Errorf("%d bytes took %v, at least %v was wanted", len(s.large), took, least)
	}
}

func TestFromEnvironment(t *testing.T) {
	env := map[string]string{}
	read := func() Config { return FromEnvironment(func(name string) string { return env[name] }) }
	if c := read(); c.Endpoint != DefaultEndpoint || c.Offline || c.Token() != "" {
		t.Errorf("nothing set: %+v", c)
	}
	env = map[string]string{"HF_ENDPOINT": "https://mirror.example.com/hf/", "HF_HUB_OFFLINE": "true", "HF_TOKEN": " " + testToken + "\n", "HTTPS_PROXY": "http://p:1"}
	c := read()
	if c.Endpoint != env["HF_ENDPOINT"] || !c.Offline || c.Token() != testToken || c.Proxy.HTTPSProxy != "http://p:1" {
		t.Errorf("%+v", c)
	}
	for _, value := range []string{"0", "no", ""} {
		if env["HF_HUB_OFFLINE"] = value; read().Offline {
			t.Errorf("HF_HUB_OFFLINE=%q is offline", value)
		}
	}
	for endpoint, ok := range map[string]bool{
		"https://huggingface.co": true, "https://mirror.example.com/hf/": true, "http://127.0.0.1:8080": true, "http://localhost:1": true,
		"http://[::1]:1": true, "http://huggingface.co": false, "http://127.0.0.1.example.com": false, "ftp://x": false, "huggingface.co": false,
		"https://user:pass@huggingface.co": false, "https://": false, "https://x/?q=1": false, "": false,
	} {
		h, err := New(Config{Endpoint: endpoint})
		if (err == nil) != ok {
			t.Errorf("%q: %v", endpoint, err)
		}
		var wrong *Error
		if err != nil && (!errors.As(err, &wrong) || wrong.Kind != ErrEndpoint || strings.Contains(err.Error(), "pass@")) {
			t.Errorf("%q: %v", endpoint, err)
		}
		if h != nil && strings.HasSuffix(h.Endpoint(), "/") {
			t.Errorf("%q became %q", endpoint, h.Endpoint())
		}
	}
}

// TestSecret: a token cannot be printed by accident.
func TestSecret(t *testing.T) {
	token := Secret(testToken)
	text, err := json.Marshal(map[string]any{"token": token, "config": struct{ T Secret }{token}})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", token)
	for _, shown := range []string{string(text), log.String(), fmt.Sprintf("%v %+v %#v %s %q", token, token, token, token, token), fmt.Sprint(&Config{Token: func() Secret { return token }})} {
		if strings.Contains(shown, testToken) {
			t.Errorf("shown: %s", shown)
		}
	}
}

// TestSetToken: a token that is given while the program runs is used at once.
func TestSetToken(t *testing.T) {
	s := newSetting(t)
	s.hub.SetToken("hf_new")
	if _, err := s.hub.Repo(t.Context(), s.fake.ID, "main", nil); err != nil {
		t.Fatal(err)
	}
	if came := s.fake.Requests(); len(came) != 1 || came[0].Authorization != "Bearer hf_new" {
		t.Errorf("%+v", came)
	}
	s.hub.SetToken("hf_new\r\nEvil: 1")
	if _, err := s.hub.Repo(t.Context(), s.fake.ID, "main", nil); !errors.Is(err, ErrForbidden) || strings.Contains(err.Error(), "hf_new") {
		t.Errorf("a token of two lines: %v", err)
	}
}

// TestKeyring: what is kept is asked for when the environment has no token; the environment comes first.
func TestKeyring(t *testing.T) {
	keyring.MockInit()
	env := map[string]string{"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
	getenv := func(name string) string { return env[name] }
	token := func() Secret { return FromEnvironment(getenv).Token() }
	if err := StoreToken(getenv, " "+testToken+"\n"); err != nil || token() != testToken {
		t.Errorf("%v, %d characters", err, len(token()))
	}
	if env["HF_TOKEN"] = "hf_other"; token() != "hf_other" {
		t.Error("the environment does not come first")
	}
	delete(env, "HF_TOKEN")
	if err := errors.Join(StoreToken(getenv, ""), StoreToken(getenv, "")); err != nil || token() != "" {
		t.Errorf("removed: %v", err)
	}
	if err := StoreToken(func(string) string { return "" }, testToken); err == nil || strings.Contains(err.Error(), testToken) {
		t.Errorf("without a session bus: %v", err)
	}
}

// TestListIsNotBelieved: names that lead elsewhere, impossible sizes and files without a hash are never asked for.
func TestListIsNotBelieved(t *testing.T) {
	s := newSetting(t)
	hash := hubtest.SHA256(nil)
	s.fake.Hostile(func(where hubtest.Where, _ int, w http.ResponseWriter, _ *http.Request) bool {
		if where != hubtest.List {
			return false
		}
		siblings := []map[string]any{{"rfilename": "good.bin", "size": 5, "lfs": map[string]any{"sha256": strings.ToUpper(hash)}}}
		for _, name := range []string{"../up", "..", ".hidden", "a/b", "a\\b", "C:x", "", "x\x00y", strings.Repeat("n", 300), "-rf"} {
			siblings = append(siblings, map[string]any{"rfilename": name, "size": 1, "lfs": map[string]any{"sha256": hash}})
		}
		siblings = append(
			siblings, map[string]any{"rfilename": "negative", "size": -1, "lfs": map[string]any{"sha256": hash}},
			map[string]any{"rfilename": "huge", "size": 1 << 60, "lfs": map[string]any{"sha256": hash}},
			map[string]any{"rfilename": "nohash", "size": 1}, map[string]any{"rfilename": "shorthash", "size": 1, "blobId": "abc"},
		)
		_ = json.NewEncoder(w).Encode(map[string]any{"sha": s.fake.Commit, "siblings": siblings})
		return true
	})
	repo, err := s.hub.Repo(t.Context(), s.fake.ID, "main", nil)
	if err != nil || len(repo.Files) != 1 || repo.Files[0] != (File{Name: "good.bin", Size: 5, SHA256: hash}) {
		t.Errorf("%+v, %v", repo, err)
	}
	if _, err := s.hub.Fetch(t.Context(), repo, []File{{Name: "../x", Size: 1, SHA256: hash}}, s.dir, Options{}); !errors.Is(err, ErrProtocol) {
		t.Errorf("%v", err)
	}
	for _, id := range []string{"", "a", "a/b/c", "../a", "a/..", "a/b--c", "a b/c", "/a", "a/", "a/b?x", "a/b#x", "a/" + strings.Repeat("b", 200)} {
		if err := CheckID(id); !errors.Is(err, ErrID) {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, revision := range []string{"", "..", "a/../b", "?x", "a b"} {
		if _, err := s.hub.Repo(t.Context(), s.fake.ID, revision, nil); !errors.Is(err, ErrNotFound) {
			t.Errorf("revision %q: %v", revision, err)
		}
	}
}
