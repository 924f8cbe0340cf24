package download

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxHops bounds a chain of redirects. The hub needs two.
const maxHops = 5

// answer is a server's final answer to a request. Its body must be closed.
type answer struct {
	*http.Response
	host   string      // that gave it
	linked http.Header // of the hub's own answers on the way: X-Linked-Etag, X-Linked-Size, X-Repo-Commit
	end    context.CancelFunc
}

func (a *answer) close() {
	_ = a.Body.Close()
	a.end()
}

// get asks for a URL of the endpoint and follows redirects. name is what errors call the thing that is asked for. An error
// that may go away by itself is *temporary.
func (h *Hub) get(ctx context.Context, name string, at *url.URL, header http.Header) (*answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(h.stall, func() { cancel(errStalled) })
	end := func() {
		timer.Stop()
		cancel(nil)
	}
	linked := http.Header{}
	for range maxHops {
		if h.Offline() {
			end()
			return nil, &Error{Kind: ErrOffline, Name: name}
		}
		response, err := h.hop(ctx, at, header)
		if err != nil {
			err = h.connectError(ctx, name, at.Host, err)
			end()
			return nil, err
		}
		timer.Reset(h.stall)
		if h.isEndpoint(at) {
			for _, key := range []string{"X-Linked-Etag", "X-Linked-Size", "X-Repo-Commit"} {
				if value := response.Header.Get(key); value != "" {
					linked.Set(key, value)
				}
			}
		}
		next, err := h.redirect(name, at, response)
		if err != nil {
			_ = response.Body.Close()
			end()
			return nil, err
		}
		if next == nil {
			response.Body = &watched{response.Body, ctx, timer, h.stall, func(err error) error { return lost(name, at.Host, err) }}
			return &answer{response, at.Host, linked, end}, nil
		}
		_ = response.Body.Close()
		at = next
	}
	end()
	return nil, &Error{Kind: ErrRedirect, Name: name, Host: at.Host, Text: fmt.Sprintf("more than %d redirects one after the other", maxHops-1)}
}

// hop makes one request. The token goes to the endpoint's own scheme, host and port, and to nobody else.
func (h *Hub) hop(ctx context.Context, at *url.URL, header http.Header) (*http.Response, error) {
	if proxy, err := h.proxy(at); err != nil {
		return nil, errors.New("the proxy's address in the environment is wrong")
	} else if proxy != nil {
		ctx = context.WithValue(ctx, proxied{}, true)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	for key, values := range header {
		request.Header[key] = values
	}
	request.Header.Set("User-Agent", "zachin")
	request.Header.Set("Accept-Encoding", "identity")
	if token := h.authorization(); token != "" && h.isEndpoint(at) {
		if strings.ContainsFunc(string(token), func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, &Error{Kind: ErrForbidden, Text: "the token has characters that no token has"}
		}
		request.Header.Set("Authorization", "Bearer "+string(token))
	}
	h.noteHost(at.Hostname())
	return h.client.Do(request)
}

// isEndpoint tells whether a URL is of the hub itself.
func (h *Hub) isEndpoint(u *url.URL) bool {
	return u.Scheme == h.endpoint.Scheme && u.Hostname() == h.endpoint.Hostname() && port(u) == port(h.endpoint)
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// redirect is where an answer leads; nil if it is the last one.
func (h *Hub) redirect(name string, from *url.URL, response *http.Response) (*url.URL, error) {
	switch response.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	refuse := func(host, why string) (*url.URL, error) {
		return nil, &Error{Kind: ErrRedirect, Name: name, Host: host, Text: why}
	}
	to, err := from.Parse(response.Header.Get("Location"))
	local := err == nil && h.endpoint.Scheme == "http" && isLoopback(to.Hostname())
	switch {
	case err != nil || to.Host == "":
		return refuse(from.Host, "it names no address")
	case to.User != nil:
		return refuse(to.Host, "its address holds a password")
	case to.Scheme != "https" && (to.Scheme != "http" || !local):
		return refuse(to.Host, "it leads away from https; a network's sign-in page does that too")
	}
	return to, nil
}

// connectError turns an error of a request that had no answer into one without the URL, which may be signed.
func (h *Hub) connectError(ctx context.Context, name, host string, err error) error {
	if errors.Is(context.Cause(ctx), errStalled) {
		return lost(name, host, errStalled)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var refused *Error
	if errors.As(err, &refused) {
		return &Error{Kind: refused.Kind, Name: name, Host: host, Text: refused.Text}
	}
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	var verify *tls.CertificateVerificationError
	if errors.As(err, &verify) {
		return &Error{Kind: ErrCertificate, Name: name, Host: host, Text: certificateFault(verify.Err)}
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		err = errors.New(dns.Err) // without the name server's address
	}
	return lost(name, host, err)
}

// certificateFault is why a certificate is not trusted. The time of the computer's clock belongs to it: a wrong clock is the
// usual reason.
func certificateFault(err error) string {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return fmt.Sprintf("%v; this computer's clock says %s", err, time.Now().Format("2006-01-02 15:04"))
	}
	return err.Error()
}

// watched is a body that may not be silent for longer than stall.
type watched struct {
	io.ReadCloser
	ctx   context.Context
	timer *time.Timer
	stall time.Duration
	lost  func(error) error
}

func (w *watched) Read(p []byte) (int, error) {
	w.timer.Reset(w.stall)
	n, err := w.ReadCloser.Read(p)
	w.timer.Stop() // waiting for the bandwidth limit between two reads is no silence of the server's
	if err == nil || err == io.EOF {
		return n, err
	}
	switch cause := context.Cause(w.ctx); {
	case cause == nil:
		return n, w.lost(err)
	case errors.Is(cause, errStalled):
		return n, w.lost(cause)
	default:
		return n, cause
	}
}
