package app_test

import (
	"testing"

	"zachin/app"
	"zachin/app/compose"
)

// What is composed is on the disk soon, own templates at once, and both come back.
func TestComposerIsKept(t *testing.T) {
	where := folders(t)
	f := newFake(t, 64, "")
	a, e := start(t, where, f.load)
	if m := a.Meter(); m.Count != nil && m.Context != 64 {
		t.Errorf("before there is a model: %+v", m)
	}
	e.until(app.Ready)
	if m := a.Meter(); m.Context != 64 || m.Count("Ёлка") != len(f.tokens.Encode("Ёлка")) || m.Tokenizer != f.tokens {
		t.Errorf("%+v", m)
	}
	c := a.Composer()
	c.Open("Диалог")
	c.Change(func(d *compose.Draft) { d.SetValue("реплика", "Где я?") })
	if _, err := c.Save(); err != nil {
		t.Fatal(err)
	}
	if err := a.Save(); err != nil {
		t.Fatal(err)
	}
	again := app.New(t.Context(), where, storeIn(where), f.load).Composer()
	if err := again.Reload(); err != nil {
		t.Fatal(err)
	}
	if form := again.Draft(); again.Name() != "Диалог 2" || !again.IsOwn() || form.Template.Fields[3].Value != "Где я?" {
		t.Errorf("found again: %q, %+v", again.Name(), form.Template.Fields)
	}
}
