package download

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zachin/app/download/hubtest"
)

const testToken = "hf_testTokenThatMustNotLeak"

// Names of the fake hub's hosts, which its certificate covers, and addresses that they pretend to have.
const (
	frontHost = "hub.example.com"
	storeHost = "storage.example.com"
)

// setting is a fake hub, a client of it and a folder.
type setting struct {
	fake  *hubtest.Hub
	hub   *Hub
	dir   string
	small []byte // vocab.json
	large []byte // model.safetensors, of 5 chunks and a piece

	mu    sync.Mutex
	names map[string]string // host → "pretended IP:port" and, after a space, where it really is
	waits []time.Duration
	told  []Progress
}

// newSetting starts a hub behind TLS whose hosts have public addresses.
func newSetting(t testing.TB) *setting {
	t.Helper()
	s := &setting{
		fake: hubtest.New(t, true), dir: filepath.Join(t.TempDir(), "model"),
		small: hubtest.Content(3000, 1), large: hubtest.Content(5*ChunkSize+12345, 2),
	}
	s.fake.Put("vocab.json", s.small)
	s.fake.Put("model.safetensors", s.large)
	s.fake.StoreURL = "https://" + storeHost
	s.names = map[string]string{
		frontHost: "203.0.113.1:443 " + s.fake.Front.Listener.Addr().String(),
		storeHost: "203.0.113.2:443 " + s.fake.Store.Listener.Addr().String(),
	}
	hub, err := New(Config{Endpoint: "https://" + frontHost, Token: func() Secret { return testToken }})
	if err != nil {
		t.Fatal(err)
	}
	hub.wait = func(ctx context.Context, d time.Duration) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.waits = append(s.waits, d)
		return ctx.Err()
	}
	transport := hub.client.Transport.(*http.Transport)
	transport.DialContext = s.dial
	transport.TLSClientConfig = &tls.Config{RootCAs: s.fake.Front.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	s.hub = hub
	return s
}

// dial resolves names as the test says, and judges them as a real connection would be.
func (s *setting) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	name, ok := s.names[host]
	s.mu.Unlock()
	if !ok {
		name = address + " "
	}
	pretended, real, _ := strings.Cut(name, " ")
	if ctx.Value(proxied{}) == nil {
		if err := s.hub.judge(host, pretended); err != nil {
			return nil, err
		}
	}
	if real == "" {
		return nil, fmt.Errorf("nothing listens at %s in this test", address)
	}
	return new(net.Dialer).DialContext(ctx, network, real)
}

// get downloads both files.
func (s *setting) get(t testing.TB) (Outcome, error) {
	t.Helper()
	watch := func(p Progress) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.told = append(s.told, p)
	}
	repo, err := s.hub.Repo(t.Context(), s.fake.ID, "main", watch)
	if err != nil {
		return Outcome{}, err
	}
	return s.hub.Fetch(t.Context(), repo, repo.Files, s.dir, Options{Connections: 3, Watch: watch})
}

// want are the files as they must be.
func (s *setting) want() map[string][]byte {
	return map[string][]byte{"vocab.json": s.small, "model.safetensors": s.large}
}

// checkInstalled complains about files in their places that are not the right ones, and tells how many there are.
func (s *setting) checkInstalled(t testing.TB) (count int) {
	t.Helper()
	entries, err := os.ReadDir(s.dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == WorkFolder {
			continue
		}
		data, err := os.ReadFile(filepath.Join(s.dir, e.Name()))
		if want := s.want()[e.Name()]; err != nil || want == nil || !bytes.Equal(data, want) {
			t.Errorf("a wrong file is installed as %s: %d bytes, %v", e.Name(), len(data), err)
		}
		count++
	}
	return count
}

// checkSecrets complains where the token or a signature has got to.
func (s *setting) checkSecrets(t testing.TB, err error) {
	t.Helper()
	texts := []string{fmt.Sprintf("%v %+v %#v", err, err, s.told)}
	for _, p := range s.told {
		texts = append(texts, fmt.Sprint(p.Err))
	}
	_ = filepath.Walk(s.dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Size() < 100<<10 {
			data, _ := os.ReadFile(path)
			texts = append(texts, string(data))
		}
		return nil
	})
	for _, text := range texts {
		if strings.Contains(text, testToken) || strings.Contains(text, "secret-signature") {
			t.Errorf("a secret is told: %.300s", text)
		}
	}
	for _, r := range s.fake.Requests() {
		if r.Where == hubtest.Storage && r.Authorization != "" {
			t.Errorf("the storage host was given %s", r.Authorization)
		}
		if r.Where != hubtest.Storage && r.Authorization != "Bearer "+testToken {
			t.Errorf("the hub was given the token %q", r.Authorization)
		}
	}
}
