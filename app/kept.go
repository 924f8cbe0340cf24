package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"zachin/app/safefile"
)

// DamagedError says that a file could not be understood, and where it was put aside.
type DamagedError struct {
	Path  string
	Aside string // where the file is now
	Err   error  // what is wrong with it
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is damaged (%v) and was set aside as %s", e.Path, e.Err, e.Aside)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// kept is a value with a file that follows it. Any goroutine may use it.
type kept[T any] struct {
	path string

	writing sync.Mutex // held from taking the value to renaming the file, so that an older value never comes last

	mu    sync.Mutex
	value T
	stale bool // the file is behind
}

// openKept reads a value from its JSON file. Where there is none, or none that check accepts, the value is first; a
// file that is damaged moves aside, so that nothing overwrites it.
func openKept[T any](path string, first T, check func(T) error) (*kept[T], error) {
	k := &kept[T]{path: path, value: first}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return k, err
	}
	value := first
	if err = json.Unmarshal(data, &value); err == nil {
		err = check(value)
	}
	if err != nil {
		return k, setAside(path, err)
	}
	k.value = value
	return k, nil
}

// setAside renames a damaged file to a name that is free.
func setAside(path string, cause error) error {
	aside := safefile.Aside(path)
	if err := os.Rename(path, aside); err != nil {
		return errors.Join(fmt.Errorf("%s is damaged: %w", path, cause), err)
	}
	return &DamagedError{Path: path, Aside: aside, Err: cause}
}

func (k *kept[T]) get() T {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.value
}

func (k *kept[T]) put(value T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.value, k.stale = value, true
}

// flush writes the value if the file is behind, and returns when it is on the disk.
func (k *kept[T]) flush() error {
	k.writing.Lock()
	defer k.writing.Unlock()
	k.mu.Lock()
	value, stale := k.value, k.stale
	k.stale = false
	k.mu.Unlock()
	if !stale {
		return nil
	}
	data, err := json.MarshalIndent(value, "", "  ")
	if err == nil {
		err = safefile.Write(k.path, append(data, '\n'))
	}
	if err != nil {
		k.mu.Lock()
		k.stale = true
		k.mu.Unlock()
	}
	return err
}
