package download

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/time/rate"
)

// Hub is a connection to a hub. Any goroutine may use it.
type Hub struct {
	endpoint *url.URL
	proxy    func(*url.URL) (*url.URL, error)
	client   *http.Client
	limiter  *rate.Limiter // of bytes a second, over all connections
	stall    time.Duration // how long nothing may come

	// Replaced in tests.
	wait func(ctx context.Context, d time.Duration) error
	open func(path string) (partFile, error)

	mu      sync.Mutex
	token   func() Secret
	offline bool
	hosts   map[string]bool // asked so far
	inside  bool            // the endpoint's own address is a private one
}

// defaultStall is how long a connection may be silent before it is given up and tried anew.
const defaultStall = 30 * time.Second

// New makes a Hub. Nothing is asked yet; the error is an *Error about the endpoint's address.
func New(c Config) (*Hub, error) {
	endpoint, err := parseEndpoint(c.Endpoint)
	if err != nil {
		return nil, err
	}
	h := &Hub{
		endpoint: endpoint, token: func() Secret { return "" }, proxy: c.Proxy.ProxyFunc(),
		limiter: rate.NewLimiter(rate.Inf, readSize), stall: defaultStall,
		wait: sleep, open: openPartFile,
		offline: c.Offline, hosts: map[string]bool{},
	}
	if c.Token != nil {
		h.token = sync.OnceValue(c.Token)
	}
	transport := &http.Transport{
		Proxy:                  func(r *http.Request) (*url.URL, error) { return h.proxy(r.URL) },
		DialContext:            h.dial,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        time.Minute,
		TLSHandshakeTimeout:    15 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,                // ranges are of the file as it is
		Protocols:              new(http.Protocols), // HTTP/1 alone: several connections are wanted, not one of many streams
	}
	transport.Protocols.SetHTTP1(true)
	h.client = &http.Client{
		Transport: transport,
		// Each step of a redirect is judged by follow.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return h, nil
}

// Endpoint is the hub's address.
func (h *Hub) Endpoint() string { return h.endpoint.String() }

// Offline tells whether every connection is forbidden.
func (h *Hub) Offline() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.offline
}

// SetOffline forbids or allows connections from now on; a download under way ends at its next request.
func (h *Hub) SetOffline(offline bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.offline = offline
}

// SetToken is the token to use from now on; StoreToken keeps it for the next run.
func (h *Hub) SetToken(token Secret) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.token = func() Secret { return token }
}

// authorization is the token to show to the hub.
func (h *Hub) authorization() Secret {
	h.mu.Lock()
	token := h.token
	h.mu.Unlock()
	return token() // not under the lock: a keyring may ask the person to unlock it
}

// SetLimit bounds the speed of everything that is fetched together, in bytes a second; 0 is no bound. It holds at once.
func (h *Hub) SetLimit(bytesPerSecond int64) {
	limit := rate.Inf
	if bytesPerSecond > 0 {
		limit = rate.Limit(bytesPerSecond)
	}
	h.limiter.SetLimit(limit)
}

// Hosts are the hosts that were asked for anything since the program began, in order of their names.
func (h *Hub) Hosts() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	hosts := make([]string, 0, len(h.hosts))
	for host := range h.hosts {
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return hosts
}

func (h *Hub) noteHost(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hosts[host] = true
}

// proxied marks the context of a request that goes through a proxy, whose address may well be a private one.
type proxied struct{}

// dial connects, unless a server outside sends us to an address inside: behind a redirect of a public hub no service of
// this machine or its network is to be reached. Judged is the address that the name resolved to, not the name.
func (h *Hub) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: 15 * time.Second}
	if ctx.Value(proxied{}) == nil {
		d.Control = func(_, address string, _ syscall.RawConn) error { return h.judge(host, address) }
	}
	return d.DialContext(ctx, network, address)
}

// judge refuses an address "ip:port" that a host's name stands for.
func (h *Hub) judge(host, address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	inside := isInside(at.Addr())
	h.mu.Lock()
	defer h.mu.Unlock()
	if host == h.endpoint.Hostname() {
		h.inside = h.inside || inside
		return nil
	}
	if inside && !h.inside {
		return &Error{Kind: ErrRedirect, Name: host, Text: "it leads into a private network"}
	}
	return nil
}

// isInside tells whether an address belongs to a machine or a local network rather than to the internet.
func isInside(ip netip.Addr) bool {
	ip = ip.Unmap()
	shared := netip.MustParsePrefix("100.64.0.0/10") // of a provider's own network, RFC 6598
	return !ip.IsGlobalUnicast() || ip.IsPrivate() || shared.Contains(ip)
}

// sleep waits, or until ctx is done.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
