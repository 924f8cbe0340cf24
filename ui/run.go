package ui

import (
	"context"

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
// saved.
func Run(ctx context.Context, a *app.App) error {
	f := fyneapp.NewWithID(id)
	f.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon()))
	w := newWindow(ctx, f, a, systemLanguage, fyne.Do)
	f.Lifecycle().SetOnStarted(func() {
		a.Start(ctx, w.bridge.observer())
		context.AfterFunc(ctx, func() { w.bridge.do(w.close) })
	})
	w.window.ShowAndRun()
	return a.Close()
}

func systemLanguage() string { return i18n.FromLocale(string(lang.SystemLocale())) }
