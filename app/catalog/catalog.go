// Package catalog knows where models are: it turns what a person calls a model into the files that the engine loads.
package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"zachin/assets"
	"zachin/engine"
)

// Demo is the id of the embedded demonstration model.
const Demo = "demo"

var (
	// ErrUnknown: there is neither a catalogue entry nor a folder of that name.
	ErrUnknown = errors.New("neither a model of the catalogue nor a folder")
	// ErrFile: the name is a file's; a model is a folder of files.
	ErrFile = errors.New("a file, not a folder of model files")
)

// Error tells which name could not be resolved, and why.
type Error struct {
	Name string
	Kind error // ErrUnknown or ErrFile
}

func (e *Error) Error() string { return fmt.Sprintf("%s is %v", e.Name, e.Kind) }

// Unwrap makes errors.Is find the kind.
func (e *Error) Unwrap() error { return e.Kind }

// Resolve finds a model by its id in the catalogue, or else by its folder. A folder that has an entry's id for a name is
// reached with a path, such as ./demo. The error is an *Error or one of the file system.
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
		return engine.Source{}, &Error{name, ErrFile}
	}
	return engine.Source{Name: name, Dir: name}, nil
}
