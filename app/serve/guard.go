package serve

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// guard lets through only requests that are meant for this server, come from nobody's web page, and know the token.
func (s *Server) guard(next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	hosts := []string{"127.0.0.1:" + port, "localhost:" + port}
	token := sha256.Sum256([]byte(s.opt.Token)) // of one length, so that comparing takes one time
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin, page := r.Header["Origin"]
		listed := page && len(origin) == 1 && slices.Contains(s.opt.Origins, origin[0])
		if listed {
			w.Header().Set("Access-Control-Allow-Origin", origin[0])
			w.Header().Set("Vary", "Origin")
		}
		given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		hash := sha256.Sum256([]byte(given))
		switch {
		case !slices.Contains(hosts, r.Host):
			refuse(w, http.StatusForbidden, "this server is not called "+r.Host)
		case page && !listed:
			refuse(w, http.StatusForbidden, "web pages of this origin may not ask; list it with --origin")
		case listed && r.Method == http.MethodOptions: // the browser asks before it sends the token
			w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
			w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			w.WriteHeader(http.StatusNoContent)
		case !bearer || subtle.ConstantTimeCompare(hash[:], token[:]) != 1:
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, "the token is missing or wrong: send it as Authorization: Bearer TOKEN")
		case r.ContentLength > s.opt.MaxBody:
			refuse(w, http.StatusRequestEntityTooLarge, errLarge.Error())
		default:
			r.Body = http.MaxBytesReader(w, r.Body, s.opt.MaxBody)
			next.ServeHTTP(w, r)
		}
	})
}

var errLarge = errors.New("the request is too large")

// readJSON reads a request's whole body, in bounded time.
func readJSON(w http.ResponseWriter, r *http.Request, to any) error {
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(bodyTime)); err != nil {
		return err
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return errLarge
		}
		return badRequest("", "the request could not be read: %v", err)
	}
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	if err := json.Unmarshal(data, to); err != nil {
		return badRequest("", "the request is not the JSON that this needs: %v", err)
	}
	return nil
}
