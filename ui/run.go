package ui

import (
	"context"
	"errors"
	"runtime"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/lang"

	"zachin/app"
	"zachin/app/i18n"
	"zachin/assets"
)

// id is the program's name to the desktop, as FyneApp.toml has it.
const id = "ru.zachin.desktop"

// Run opens the window, and returns when it has been closed, or soon after ctx has ended. In either case everything is
// saved. Its error is a sentence in the person's language.
func Run(ctx context.Context, a *app.App) error {
	f := fyneapp.NewWithID(id)
	f.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon()))
	w := newWindow(ctx, f, a, systemLanguage, fyne.Do)
	f.Lifecycle().SetOnStarted(func() {
		a.Start(ctx, w.bridge.observer())
		context.AfterFunc(ctx, func() { w.bridge.do(w.close) })
	})
	if cause := show(w.window); cause != nil {
		return errors.New(w.words.T("ui.no_display", "Cause", cause))
	}
	f.Run()
	if err := a.Close(); err != nil {
		return errors.New(w.words.Error(err))
	}
	return nil
}

// show opens a window, and returns what the toolkit panics with where there is no display.
func show(w fyne.Window) (cause any) {
	defer func() {
		cause = recover()
		if mistake, ok := cause.(runtime.Error); ok {
			panic(mistake) // of ours
		}
	}()
	w.Show()
	return nil
}

func systemLanguage() string { return i18n.FromLocale(string(lang.SystemLocale())) }
