package ui

import (
	"path/filepath"
	"slices"
	"strings"

	"zachin/app"
	"zachin/app/catalog"
	"zachin/app/download"
	"zachin/app/i18n"
	"zachin/app/models"
)

// title is what a person calls a model.
func (w *Window) title(id string) string {
	if id == catalog.Demo {
		return w.words.T("ui.models.demo")
	}
	if e, ok := catalog.Find(id); ok {
		return e.Title
	}
	if filepath.IsAbs(id) {
		return filepath.Base(id)
	}
	return id
}

// sentence is one of the catalogue's in the person's language.
func (w *Window) sentence(s catalog.Words) string {
	if w.words.Language() == i18n.Russian {
		return s.Russian
	}
	return s.English
}

// factsText is the facts of a model's card in one line.
func (w *Window) factsText(m models.Model) string {
	t := w.words.T
	var facts []string
	add := func(fact string) { facts = append(facts, fact) }
	if e := m.Entry; e != nil {
		millions := float64(e.Parameters) / 1e6
		if millions >= 1000 {
			add(t("ui.models.billions", "Number", w.words.Number(millions/1000, 1)))
		} else {
			add(t("ui.models.millions", "Number", w.words.Number(millions, 0)))
		}
		add(t("ui.models.context", "Tokens", e.Shape.Positions))
		if e.Perplexity > 0 {
			add(t("ui.models.perplexity", "Number", w.number(e.Perplexity)))
		}
		if e.Licence == "" {
			add(t("ui.models.no_licence"))
		} else {
			add(t("ui.models.licence", "Name", e.Licence))
		}
		for _, code := range e.Languages {
			add(t("ui.models.language." + code))
		}
	}
	if m.Layout != "" {
		add(w.layoutName(m.Layout))
	}
	return strings.Join(facts, " · ")
}

// layoutName is what a layout of files is called.
func (w *Window) layoutName(l catalog.Layout) string {
	switch l {
	case catalog.Original:
		return w.words.T("ui.models.layout.original")
	case catalog.Torch:
		return "PyTorch"
	case catalog.GGUF:
		return "GGUF"
	}
	return string(l)
}

// sizeText is how large a model is, or how much of it is there.
func (w *Window) sizeText(m models.Model) string {
	switch {
	case m.Total == 0:
		return ""
	case m.State == models.Absent:
		return w.words.T("ui.models.about", "Size", w.words.About(m.Total))
	case m.State == models.Partial && m.Bytes < m.Total:
		return w.words.T("ui.models.part", "Done", w.words.Size(m.Bytes), "Total", w.words.Size(m.Total))
	}
	return w.words.Size(m.Total)
}

// progressText tells how far a job is.
func (w *Window) progressText(j models.Job) string {
	t, p := w.words.T, j.Progress
	switch {
	case j.Work == models.Verifying:
		return t("ui.models.progress.verifying", "Done", w.words.Size(p.Done), "Total", w.words.Size(p.Total))
	case j.Work == models.Importing && p.Phase != download.Waiting:
		return t("ui.models.progress.importing", "Done", w.words.Size(p.Done), "Total", w.words.Size(p.Total))
	}
	switch p.Phase {
	case download.Waiting:
		return t("ui.models.progress.waiting")
	case download.Asking:
		return t("ui.models.progress.asking")
	case download.Checking:
		return t("ui.models.progress.checking", "Done", w.words.Size(p.Done), "Total", w.words.Size(p.Total))
	case download.Retrying:
		return t("ui.models.progress.retrying", "Pause", w.words.Duration(p.Pause), "Cause", w.words.Error(p.Err))
	}
	text := t("ui.models.part", "Done", w.words.Size(p.Done), "Total", w.words.Size(p.Total))
	if p.PerSecond > 0 {
		text += " · " + t("ui.models.speed", "Speed", w.words.Size(int64(p.PerSecond)), "Left", w.words.Duration(p.Left))
	}
	return text
}

// unknownFiles warns of files that nobody vouches for.
func (w *Window) unknownFiles(unknown, differs []string) string {
	var lines []string
	unknown = slices.DeleteFunc(slices.Clone(unknown), func(name string) bool { return slices.Contains(differs, name) })
	if len(differs) > 0 {
		lines = append(lines, w.words.T("ui.models.differs", "Files", strings.Join(differs, ", ")))
	}
	if len(unknown) > 0 {
		lines = append(lines, w.words.T("ui.models.unknown", "Files", strings.Join(unknown, ", ")))
	}
	return strings.Join(lines, " ")
}

// verdict says whether a model fits a device.
type verdict string

// The verdicts; each is the end of a key of words.
const (
	fits     verdict = "fits"
	fitsNot  verdict = "not"
	fitsOpen verdict = "unknown"
)

// spareMemory is what the engine leaves to the desktop.
const spareMemory = 256 << 20

// need is the memory that a model takes on the present device with its weights in a format. The processor keeps keys and
// values in twice the room.
func (w *Window) need(e *catalog.Entry, q app.Quant) int64 {
	bytes := q.Memory(*e)
	if w.lib.device.Device.Kind == "cpu" {
		bytes += e.Cache()
	}
	return bytes
}

// fit judges by what was free on the device before a model was loaded.
func (w *Window) fit(bytes int64) verdict {
	d := w.lib.device.Device
	switch {
	case d.Free == 0:
		return fitsOpen
	case bytes+spareMemory <= d.Free:
		return fits
	case d.Least:
		return fitsOpen
	}
	return fitsNot
}

// memoryText is what is known of the device's memory.
func (w *Window) memoryText() string {
	m := w.lib.device
	t, name := w.words.T, w.deviceName(m)
	switch {
	case m.Name == "":
		return ""
	case m.Device.Free == 0:
		return t("ui.memory.unknown", "Device", name)
	case m.Device.Kind == "cpu":
		return t("ui.memory.cpu", "Free", w.words.About(m.Device.Free))
	case m.Device.Least:
		return t("ui.memory.least", "Device", name, "Free", w.words.About(m.Device.Free))
	}
	return t("ui.memory.card", "Device", name, "Free", w.words.About(m.Device.Free), "Total", w.words.About(m.Device.Memory))
}
