package download

import (
	"log/slog"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// DefaultEndpoint is the hub itself.
const DefaultEndpoint = "https://huggingface.co"

// Config says which hub to talk to, and how.
type Config struct {
	Endpoint string        // such as DefaultEndpoint; a mirror may have a path
	Token    func() Secret // asked once, before the first request; nil is none
	Offline  bool          // forbids every connection
	Proxy    httpproxy.Config
}

// Secret is a token. Printed or encoded in any way it is a row of dots.
type Secret string

const hidden = "•••"

func (Secret) String() string               { return hidden }
func (Secret) GoString() string             { return hidden }
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue keeps it out of structured logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// FromEnvironment reads HF_ENDPOINT, HF_TOKEN (also HUGGING_FACE_HUB_TOKEN; else the system's keyring), HF_HUB_OFFLINE and
// the variables of proxies, which may be in small letters.
func FromEnvironment(getenv func(string) string) Config {
	first := func(names ...string) string {
		for _, name := range names {
			if value := strings.TrimSpace(getenv(name)); value != "" {
				return value
			}
		}
		return ""
	}
	c := Config{
		Endpoint: first("HF_ENDPOINT"),
		Proxy: httpproxy.Config{
			HTTPProxy:  first("HTTP_PROXY", "http_proxy"),
			HTTPSProxy: first("HTTPS_PROXY", "https_proxy"),
			NoProxy:    first("NO_PROXY", "no_proxy"),
		},
	}
	if c.Endpoint == "" {
		c.Endpoint = DefaultEndpoint
	}
	switch strings.ToUpper(first("HF_HUB_OFFLINE")) {
	case "1", "ON", "YES", "TRUE":
		c.Offline = true
	}
	token := Secret(first("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"))
	c.Token = func() Secret {
		if token != "" {
			return token
		}
		return storedToken(getenv)
	}
	return c
}

// parseEndpoint accepts https, and plain http on this machine alone. A name and a password in the address would end up in
// logs of servers between: they are refused.
func parseEndpoint(text string) (*url.URL, error) {
	wrong := func(why string) (*url.URL, error) {
		return nil, &Error{Kind: ErrEndpoint, Name: text, Text: why}
	}
	u, err := url.Parse(strings.TrimRight(text, "/"))
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return wrong("an address such as " + DefaultEndpoint + " is needed")
	case u.User != nil:
		u.User = nil
		text = u.String()
		return wrong("it holds a password; a token belongs in HF_TOKEN")
	case u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	}
	return wrong("only https is allowed, and http on this machine")
}

// isLoopback tells whether a host's name is this machine without asking anyone.
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
