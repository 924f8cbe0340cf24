// Package assets holds what the program carries inside itself: the demonstration model, the words of both languages,
// templates of prompts, the icon and the fonts. It hands out bytes; whoever interprets them imports it.
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

//go:embed templates/*.json
var templates embed.FS

//go:embed icon.png
var icon []byte

// Demo is the demonstration model as a folder of model files: vocab.json, merges.txt, config.json and
// mp_rank_00_model_states.pt.
func Demo() fs.FS { return sub(demo, "demo") }

// Translations is a folder of one file of messages a language, such as ru.json.
func Translations() fs.FS { return sub(translations, "translations") }

// Templates is a folder of the templates that come with the program, one JSON file each, in the order of their names; app/prompt
// reads them.
func Templates() fs.FS { return sub(templates, "templates") }

// Icon is the program's icon, a PNG. The caller must not change it.
func Icon() []byte { return icon }

func sub(files embed.FS, folder string) fs.FS {
	in, err := fs.Sub(files, folder)
	if err != nil {
		panic(fmt.Sprintf("assets: %s was not embedded: %v", folder, err))
	}
	return in
}
