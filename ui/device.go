package ui

import (
	"regexp"
	"strings"

	"fyne.io/fyne/v2"

	"zachin/app"
)

// devices are the menu's choices of what computes.
func (w *Window) devices() []*fyne.MenuItem {
	var items []*fyne.MenuItem
	for _, choice := range []app.Device{app.Automatic, app.GraphicsCard, app.Processor} {
		it := fyne.NewMenuItem(w.words.T("ui.compute."+string(choice)), func() { w.compute(choice) })
		it.Checked = w.app.Settings().Device == choice
		items = append(items, it)
	}
	return items
}

// compute has the model computed on a device. If it is writing, it stops: what it has written stays.
func (w *Window) compute(on app.Device) {
	w.say(note{}) // of the device before, perhaps
	w.app.Compute(on)
	w.focus()
}

// quants are the menu's choices of how weights are held.
func (w *Window) quants() []*fyne.MenuItem {
	var items []*fyne.MenuItem
	for _, q := range []app.Quant{app.F16, app.Q8, app.Q4} {
		it := fyne.NewMenuItem(w.words.T("ui.quant."+q.String()), func() {
			w.say(note{})
			w.app.Hold(q)
			w.focus()
		})
		it.Checked = w.app.Settings().Quant == q
		items = append(items, it)
	}
	return items
}

// deviceName is what a person calls the device: a card's model, or the word for the processor.
func (w *Window) deviceName(m app.Info) string {
	if m.Device.Kind == "cpu" {
		return w.words.T("ui.device.cpu")
	}
	return cardName(m.Device.Name)
}

// layered is the name of an OpenGL that another API computes, with the card's own name in it.
var layered = regexp.MustCompile(`^(?:D3D12|zink Vulkan [0-9.]+) ?\((.+)\)$`)

// cardName shortens what OpenGL drivers call themselves to what is printed on the box:
//
//	NVIDIA GeForce RTX 3060/PCIe/SSE2               → NVIDIA GeForce RTX 3060
//	Mesa Intel(R) UHD Graphics 620 (KBL GT2)        → Intel UHD Graphics 620
//	AMD Radeon RX 6600 (radeonsi, navi23, DRM 3.57) → AMD Radeon RX 6600
//	llvmpipe (LLVM 19.1.7, 256 bits)                → llvmpipe
func cardName(renderer string) string {
	name := strings.NewReplacer("(R)", "", "(TM)", "").Replace(renderer)
	if card := layered.FindStringSubmatch(name); card != nil {
		name = card[1]
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "Mesa "), "DRI ")
	name, _, _ = strings.Cut(name, " (")
	name, _, _ = strings.Cut(name, "/PCI")
	return strings.TrimSuffix(name, "/SSE2")
}
