// Package catalog knows where models are: it turns what a person calls a model into the files that the engine loads.
package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zachin/assets"
	"zachin/engine"
)

// Demo is the id of the embedded demonstration model.
const Demo = "demo"

// Recommended is the id of the model that this program is for.
const Recommended = "ai-forever/rugpt3xl"

// ErrUnknown: there is neither a catalogue entry nor a folder nor a file of that name.
var ErrUnknown = errors.New("neither a model of the catalogue nor a folder or file")

// Error tells which name could not be resolved, and why.
type Error struct {
	Name string
	Kind error // ErrUnknown
}

func (e *Error) Error() string { return fmt.Sprintf("%s is %v", e.Name, e.Kind) }

// Unwrap makes errors.Is find the kind.
func (e *Error) Unwrap() error { return e.Kind }

// Resolve finds a model by its id in the catalogue, or else by its folder or its file of weights; what a file of weights does
// not carry itself is looked for beside it. A folder that has an entry's id for a name is reached with a path, such as
// ./demo. The error is an *Error or one of the file system.
func Resolve(name string) (engine.Source, error) {
	if name == Demo {
		return engine.Source{Name: Demo, FS: assets.Demo()}, nil
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || name == "":
		return engine.Source{}, &Error{name, ErrUnknown}
	case err != nil:
		return engine.Source{}, err
	case !info.IsDir():
		return engine.Source{Name: name, Dir: filepath.Dir(name), File: filepath.Base(name)}, nil
	}
	return engine.Source{Name: name, Dir: name}, nil
}
