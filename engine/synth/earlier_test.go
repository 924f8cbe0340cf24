package synth

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestFree: a folder may be written into when it is new, empty, or of an earlier run in the same layout. Someone's own
// model, whose files have the same names, is not to be overwritten.
func TestFree(t *testing.T) {
	shape := Shape{Layers: 1, Hidden: 16, Heads: 1, Positions: 32, Vocab: 300}
	folder := filepath.Join(t.TempDir(), "new")
	expect := func(when string, original bool, want error) {
		t.Helper()
		if err := Free(folder, original); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", when, err, want)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expect("no folder", true, nil)
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	expect("an empty folder", true, nil)
	if err := WriteOriginal(t.Context(), folder, shape, nil); err != nil {
		t.Fatal(err)
	}
	expect("an earlier run", true, nil)
	expect("an earlier run in the other layout", false, ErrOccupied)
	write(".merges.txt.123.part", "")
	expect("an earlier run that was cut short", true, nil)
	write("notes.txt", "")
	expect("a file of someone's", true, ErrOccupied)
	if err := os.Remove(filepath.Join(folder, "notes.txt")); err != nil {
		t.Fatal(err)
	}
	write("merges.txt", "#version: 0.2\nĠ Ð\n")
	expect("a real model", true, ErrOccupied)
	if err := os.Remove(filepath.Join(folder, "merges.txt")); err != nil {
		t.Fatal(err)
	}
	expect("weights alone", true, ErrOccupied)
}

// TestBytes: the size that is checked against the disk is the size that is written.
func TestBytes(t *testing.T) {
	shape := Shape{Layers: 2, Hidden: 16, Heads: 2, Positions: 32, Vocab: 300}
	var told int64
	if err := WriteOriginal(t.Context(), t.TempDir(), shape, func(_, total int64) { told = total }); err != nil {
		t.Fatal(err)
	}
	if shape.Bytes() != told || told == 0 {
		t.Errorf("%d bytes, but %d are written", shape.Bytes(), told)
	}
}
