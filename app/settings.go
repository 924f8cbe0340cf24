package app

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/adrg/xdg"

	"zachin/app/catalog"
	"zachin/engine"
	"zachin/engine/quant"
	"zachin/engine/sample"
)

// Folders are where the program keeps what it must remember.
type Folders struct {
	Config string // settings
	Data   string // texts
	Cache  string // what can be made again
}

// DefaultFolders are this person's, by the XDG base directory specification or what the system has in its place.
func DefaultFolders() Folders {
	return Folders{
		Config: filepath.Join(xdg.ConfigHome, "zachin"),
		Data:   filepath.Join(xdg.DataHome, "zachin"),
		Cache:  filepath.Join(xdg.CacheHome, "zachin", "weights"),
	}
}

func (f Folders) settings() string  { return filepath.Join(f.Config, "settings.json") }
func (f Folders) documents() string { return filepath.Join(f.Data, "documents.db") }

func (f Folders) dataSets() string { return filepath.Join(f.Data, "datasets") }

func (f Folders) presets() string   { return filepath.Join(f.Config, "presets") }
func (f Folders) templates() string { return filepath.Join(f.Config, "templates") }

// composer is what is being composed: a text of the person's, however small.
func (f Folders) composer() string { return filepath.Join(f.Data, "composer.json") }

// document is where versions before there were many kept their one text.
func (f Folders) document() string { return filepath.Join(f.Data, "document.json") }

// Theme is the choice of colours.
type Theme string

// The themes; System follows the desktop.
const (
	System Theme = "system"
	Light  Theme = "light"
	Dark   Theme = "dark"
)

// Device is the choice of what computes the model.
type Device engine.Choice

// The devices; Automatic takes a graphics card, or what is fastest where there is none.
const (
	Automatic    = Device(engine.Auto)
	GraphicsCard = Device(engine.GL)
	Processor    = Device(engine.CPU)
)

// UnmarshalText takes a device that is not known here for Automatic: another version of this program may know it, and
// nothing is lost.
func (d *Device) UnmarshalText(text []byte) error {
	choice, err := engine.ParseChoice(string(text))
	if err != nil {
		choice = engine.Auto
	}
	*d = Device(choice)
	return nil
}

// Quant is how a device holds a model's weights.
type Quant quant.Format

// The formats; smaller ones are taken where a card's memory is too small.
const (
	F16 = Quant(quant.F16)
	Q8  = Quant(quant.Q8)
	Q4  = Quant(quant.Q4)
)

// String is the format's name: f16, q8 or q4.
func (q Quant) String() string { return quant.Format(q).String() }

// Memory is what a model takes on a device with such weights; see catalog.Entry.
func (q Quant) Memory(e catalog.Entry) int64 { return e.Memory(quant.Format(q)) }

// MarshalText writes the name.
func (q Quant) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText takes a format that is not known here for F16, as with devices.
func (q *Quant) UnmarshalText(text []byte) error {
	f, err := quant.Parse(string(text))
	if err != nil {
		f = quant.F16
	}
	*q = Quant(f)
	return nil
}

// Pattern says which attention pattern a model is to run with.
type Pattern = engine.PatternChoice

// The patterns; the empty one restores ruGPT-3 XL's where it has certainly been lost.
const (
	RestoredPattern = engine.PatternXL
	FilePattern     = engine.PatternFile
)

// The sizes there are, in per cent.
const (
	MinScale  = 80
	MaxScale  = 200
	FullScale = 100
)

// MaxVariants is how many variants may be written at once.
const MaxVariants = 5

// Settings are what a person has set, and how the window was left.
type Settings struct {
	Language     string  `json:"language"` // "ru", "en", or "" for the system's
	Theme        Theme   `json:"theme"`
	Scale        int     `json:"scale"`           // per cent
	Width        float32 `json:"width"`           // of the window, in the toolkit's pixels
	Height       float32 `json:"height"`          //
	FoldedParams bool    `json:"folded_params"`   // the whole side of which they are a panel
	Panel        string  `json:"panel,omitempty"` // of the side, the one that is open
	FoldedList   bool    `json:"folded_list"`     // of documents
	Tour         int     `json:"tour"`            // steps of the first start that were told
	NoOffer      bool    `json:"no_offer"`        // the card that offers the real model was put away
	NewSeed      bool    `json:"new_seed"`        // each generation draws its own seed
	Params       Params  `json:"params"`
	Variants     int     `json:"variants"` // written at once, to choose from

	Model    string             `json:"model"` // the id or folder of the one in use
	Device   Device             `json:"device"`
	Quant    Quant              `json:"quant"`
	Patterns map[string]Pattern `json:"patterns,omitempty"` // what a person has decided, by model; replaced, never changed
	Folders  []string           `json:"folders,omitempty"`  // models of the person's own that are used where they are

	DataSets []string `json:"data_sets,omitempty"` // projects that were open, the latest first; replaced, never changed

	Offline bool  `json:"offline"` // no connection to anything
	Limit   int64 `json:"limit"`   // of downloads, bytes a second; 0 is none

	API      API      `json:"api"`
	Endpoint Endpoint `json:"endpoint"`
}

// loading is what a change of which has the model loaded anew.
type loading struct {
	model   string
	device  Device
	quant   Quant
	pattern Pattern
}

func (s Settings) loading() loading { return loading{s.Model, s.Device, s.Quant, s.Patterns[s.Model]} }

// DefaultParams suit the demonstration model: they are what assets/demo/README.md recommends.
func DefaultParams() Params {
	p := sample.Default()
	p.DoSample, p.Temperature, p.TopP, p.RepetitionPenalty = true, 0.8, 0.9, 1.1
	p.MaxNewTokens = 120
	p.Seed = 1
	return p
}

func defaultSettings() Settings {
	return Settings{
		Theme: System, Scale: FullScale, Width: 1280, Height: 800, NewSeed: true, Params: DefaultParams(), Variants: 1,
		Model: DemoName, Device: Automatic,
	}
}

// check reports settings that no version of this program has written.
func (s Settings) check() error {
	switch {
	case !slices.Contains([]string{"", "ru", "en"}, s.Language):
		return fmt.Errorf("language %q is none of ru, en", s.Language)
	case !slices.Contains([]Theme{System, Light, Dark}, s.Theme):
		return fmt.Errorf("theme %q is none of system, light, dark", s.Theme)
	case s.Scale < MinScale || s.Scale > MaxScale:
		return fmt.Errorf("scale is %d, allowed: [%d, %d]", s.Scale, MinScale, MaxScale)
	case !(s.Width > 0 && s.Height > 0 && s.Width < 1<<15 && s.Height < 1<<15):
		return fmt.Errorf("a window of %v × %v fits no screen", s.Width, s.Height)
	case s.Model == "":
		return errors.New("no model is named")
	case s.Tour < 0:
		return fmt.Errorf("%d steps were told", s.Tour)
	case s.Variants < 1 || s.Variants > MaxVariants:
		return fmt.Errorf("%d variants at once, allowed: [1, %d]", s.Variants, MaxVariants)
	case s.API.Port < 0 || s.API.Port > 65535:
		return fmt.Errorf("the port %d is none", s.API.Port)
	case s.Limit < 0:
		return fmt.Errorf("a limit of %d bytes a second", s.Limit)
	}
	return s.Params.Validate()
}

// FirstPrompt stands in the editor at the first start; assets/demo/README.md names it as one that shows the
// demonstration model well.
const FirstPrompt = "Однажды вечером, когда я возвращался домой,"
