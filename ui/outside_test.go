package ui

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/app/secret/secrettest"
	"zachin/app/serve"
)

// onSheet returns the control of a type on the open sheet that has a hint's title.
func onSheet[T fyne.CanvasObject](r *rig, suits func(T) bool) T {
	r.t.Helper()
	var found []T
	walk(r.sheet.Content, func(o fyne.CanvasObject) {
		if c, ok := o.(T); ok && suits(c) {
			found = append(found, c)
		}
	})
	if len(found) != 1 {
		r.t.Fatalf("%d controls %T on the sheet suit", len(found), *new(T))
	}
	return found[0]
}

func (r *rig) field(id string) *entry {
	r.t.Helper()
	return onSheet(r, func(e *entry) bool { return e.hint().title == r.words.T(id+".hint") })
}

func (r *rig) switchOn(id string) {
	r.t.Helper()
	test.Tap(onSheet(r, func(c *check) bool { return c.Text == r.words.T(id) }))
}

// TestAPISheet: off at first; switched on, it shows what a client needs, which the server then wants.
func TestAPISheet(t *testing.T) {
	r := open(t, folders(t), newFake(t, " раму").load)
	r.ready()
	choose(t, r.menu(), "Локальный API")
	if r.api.details.Visible() || r.api.on.Checked || r.strip.api.Visible() {
		t.Error("the API is on before anybody has asked for it")
	}
	r.switchOn("ui.api.on")
	r.until(func() bool { return r.serving.URL != "" })
	if !r.api.details.Visible() || r.api.url.Text != r.serving.URL || r.api.token.Text != r.serving.Token || !r.strip.api.Visible() {
		t.Errorf("it shows %q and %q", r.api.url.Text, r.api.token.Text)
	}
	test.Tap(onSheet(r, func(b *button) bool { return b.hint().title == r.words.T("ui.api.token.copy") }))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.api.url.Text+"/models", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.fyne.Clipboard().Content())
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("the token on the clipboard is answered %d", answer.StatusCode)
	}
	r.switchOn("ui.api.on")
	r.until(func() bool { return r.serving.URL == "" })
	// A port that cannot be had is told.
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, taken, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	port := r.field("ui.api.port")
	port.SetText(taken)
	port.OnSubmitted(taken)
	r.switchOn("ui.api.on")
	r.until(func() bool { return r.serving.Err != nil })
	if !r.api.wrong.Visible() || r.note.kind != failure || fmt.Sprint(r.app.Settings().API.Port) != taken {
		t.Errorf("of a port that is taken it says %q", r.api.wrong.Text)
	}
	port.OnSubmitted("70000")
	if port.Text != taken {
		t.Errorf("the port %q is none", port.Text)
	}
	r.key(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if r.sheetOpen() {
		t.Error("Esc does not close the sheet")
	}
}

// serve has the fake answer as a completions server until the test's end.
func (f *fake) serve(t *testing.T) *serve.Server {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s, err := serve.Listen(ctx, "0", serve.Always(f), serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestEndpointSheet: texts go to the server only after it was chosen, and the host stands beside them.
func TestEndpointSheet(t *testing.T) {
	secrettest.Use(t)
	t.Setenv("ZACHIN_ENDPOINT_KEY", "")
	there := newFake(t, " там.").serve(t)
	r := open(t, folders(t), newFake(t, " здесь.").load)
	r.ready()
	choose(t, r.menu(), "Сервер вместо")
	on := onSheet(r, func(c *check) bool { return c.Text == r.words.T("ui.endpoint.on") })
	if on.Checked || !on.Disabled() || r.strip.away.Visible() {
		t.Error("an endpoint without an address can be on")
	}
	r.field("ui.endpoint.url").SetText("not an address")
	if !on.Disabled() {
		t.Error("what is no address can be on")
	}
	r.field("ui.endpoint.url").SetText(there.URL())
	r.field("ui.endpoint.key").SetText(there.Token())
	test.Tap(onSheet(r, func(b *button) bool { return b.Text == r.words.T("ui.endpoint.keep") }))
	r.until(func() bool {
		_, from := r.app.Settings().Endpoint.Key()
		return from == app.KeyFromKeyring && r.sheetShows("ui.endpoint.key.keyring")
	})
	if r.field("ui.endpoint.key").Text != "" {
		t.Error("the key stays on the screen")
	}
	r.switchOn("ui.endpoint.on")
	host := strings.TrimSuffix(strings.TrimPrefix(there.URL(), "http://"), "/v1")
	if !r.strip.away.Visible() || !strings.Contains(r.strip.away.Text, host) || !strings.Contains(r.strip.away.hint().body, host) {
		t.Errorf("beside the text stands %q", r.strip.away.Text)
	}
	r.hideSheet()
	r.writeText("Мы живём")
	r.ctrl(fyne.KeyReturn)
	r.until(func() bool { return strings.HasSuffix(r.text(), ".") && r.writing == nil })
	if r.text() != "Мы живём там." {
		t.Errorf("the text is %q", r.text())
	}
	r.showEndpoint()
	r.switchOn("ui.endpoint.on")
	r.hideSheet()
	r.writeText("Мы живём")
	r.ctrl(fyne.KeyReturn)
	r.ready()
	if r.text() != "Мы живём здесь." || r.strip.away.Visible() {
		t.Errorf("switched off, the text is %q", r.text())
	}
}

// sheetShows reports whether words stand on the open sheet.
func (r *rig) sheetShows(id string) bool {
	found := false
	walk(r.sheet.Content, func(o fyne.CanvasObject) {
		l, ok := o.(interface{ AccessibilityLabel() string })
		found = found || ok && l.AccessibilityLabel() == r.words.T(id)
	})
	return found
}

// TestLooksOutside: the sheets of the API and of the endpoint, and the strip that tells of both.
func TestLooksOutside(t *testing.T) {
	t.Setenv("ZACHIN_ENDPOINT_KEY", "sk-test")
	for language, theme := range map[string]app.Theme{"ru": app.Light, "en": app.Dark} {
		t.Run(language, func(t *testing.T) {
			r := open(t, folders(t), newFake(t, "").load)
			r.ready()
			r.set(func(s *app.Settings) {
				s.Language, s.Theme, s.NoOffer, s.FoldedList = language, theme, true, true
				s.Endpoint = app.Endpoint{On: true, URL: "http://gpu.example.org:8000/v1", Model: "ruGPT-3 XL"}
			})
			r.window.Resize(fyne.NewSize(1280, 800))
			look := func(name string) {
				t.Helper()
				r.shelved()
				test.AssertImageMatches(t, fmt.Sprintf("outside-%s-%s-%s.png", name, language, theme), r.window.Canvas().Capture())
				r.hideSheet()
			}
			r.showAPI()
			r.served(app.Serving{URL: "http://127.0.0.1:8080/v1", Token: "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"})
			r.refresh()
			r.api.on.Checked = true
			r.api.on.Refresh()
			look("api")
			r.showEndpoint()
			r.until(func() bool { return r.sheetShows("ui.endpoint.key.environment") })
			look("endpoint")
		})
	}
}
