package assets

import (
	"embed"
	"fmt"
)

// Font names a typeface of ParaType that the program carries, made for Cyrillic.
type Font string

// The fonts: PT Serif for text, PT Mono for data and ids.
const (
	Serif           Font = "PTF55F.ttf"
	SerifItalic     Font = "PTF56F.ttf"
	SerifBold       Font = "PTF75F.ttf"
	SerifBoldItalic Font = "PTF76F.ttf"
	Mono            Font = "PTM55F.ttf"
)

//go:embed fonts
var fonts embed.FS

// TTF returns the font's file.
func (f Font) TTF() []byte { return fontFile(string(f)) }

// FontLicence returns the text that must go wherever the fonts go.
func FontLicence() string { return string(fontFile("LICENSE.txt")) }

func fontFile(name string) []byte {
	data, err := fonts.ReadFile("fonts/" + name)
	if err != nil {
		panic(fmt.Sprintf("assets: font file %s was not embedded: %v", name, err))
	}
	return data
}
