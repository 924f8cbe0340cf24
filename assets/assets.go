// Package assets holds what the program carries inside itself: the demonstration model, the words of both languages,
// the icon and the fonts. It hands out bytes; whoever interprets them imports it.
package assets

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed demo/vocab.json demo/merges.txt demo/config.json demo/mp_rank_00_model_states.pt
var demo embed.FS

//go:embed translations/*.json
var translations embed.FS

//go:embed icon.png
var icon []byte

// Demo is the demonstration model as a folder of model files: vocab.json, merges.txt, config.json and
// mp_rank_00_model_states.pt.
func Demo() fs.FS { return sub(demo, "demo") }

// Translations is a folder of one file of messages a language, such as ru.json.
func Translations() fs.FS { return sub(translations, "translations") }

// Icon is the program's icon, a PNG. The caller must not change it.
func Icon() []byte { return icon }

func sub(files embed.FS, folder string) fs.FS {
	in, err := fs.Sub(files, folder)
	if err != nil {
		panic(fmt.Sprintf("assets: %s was not embedded: %v", folder, err))
	}
	return in
}
