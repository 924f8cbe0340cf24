package ui

import (
	"strings"

	"fyne.io/fyne/v2"
)

// command is something the window can do, by name.
type command struct {
	name string
	key  string // that does the same; "" if none does
	icon fyne.Resource
	do   func()
}

// commands are all that the window can do: what has a key, and what stands in a menu.
func (w *Window) commands() []command {
	t := w.words.T
	var list []command
	for _, b := range w.bindings() {
		if b.do != nil && !b.menu {
			list = append(list, command{t(b.words), b.name, nil, b.do})
		}
	}
	for _, p := range w.panels() {
		list = append(list, command{t("ui.side") + nested + t("ui.panel."+p.id), "", nil, func() {
			w.goTo(textPlace)
			w.openPanel(p.id)
		}})
	}
	for _, name := range w.state.Model.Specials {
		list = append(list, command{t("ui.edit.special") + nested + name, "", nil, func() { w.editor.Insert(name) }})
	}
	for _, name := range w.composer.book.Names() {
		list = append(list, command{t("ui.compose.template") + nested + name, "", nil, func() { w.openTemplate(name) }})
	}
	list = append(list, flat("", w.documentMenu())...)
	list = append(list, flat(t("ui.variants")+nested, w.variantsMenu())...)
	return append(list, flat("", w.menu())...)
}

// nested stands between the name of a menu and that of its item.
const nested = " — "

// flat is the items of a menu and of those below it.
func flat(prefix string, m *fyne.Menu) (list []command) {
	for _, it := range m.Items {
		switch name, key, _ := strings.Cut(it.Label, keyGap); {
		case it.ChildMenu != nil:
			list = append(list, flat(prefix+strings.TrimSuffix(name, "…")+nested, it.ChildMenu)...)
		case it.Action != nil && !it.Disabled && !it.IsSeparator:
			list = append(list, command{prefix + name, key, nil, it.Action})
		}
	}
	return list
}

// matching are the commands with every word of a query somewhere in their names; the case and the dots of ё do not count.
func matching(list []command, query string) (found []command) {
	words := strings.Fields(plainLetters(query))
	for _, c := range list {
		name, all := plainLetters(c.name), true
		for _, word := range words {
			all = all && strings.Contains(name, word)
		}
		if all {
			found = append(found, c)
		}
	}
	return found
}

func plainLetters(text string) string {
	return strings.ReplaceAll(strings.ToLower(text), "ё", "е")
}
