package cli

import (
	"context"
	"errors"

	"zachin/app/download"
	"zachin/engine/synth"
)

// synthesize writes a checkpoint by formula.
type synthesize struct {
	Shape  string `required:"" placeholder:"xl|wide|head128|L,D,H,C,V" help:"cli.flag.shape"`
	Out    string `required:"" placeholder:"DIR" help:"cli.flag.out"`
	Layout string `default:"original" enum:"original,safetensors" placeholder:"original|safetensors" help:"cli.flag.layout"`
}

// synthesized is the JSON of synth.
type synthesized struct {
	Path   string `json:"path"`
	Layout string `json:"layout"`
	Bytes  int64  `json:"bytes"` // of weights
}

// Run writes the files.
func (c *synthesize) Run(ctx context.Context, s *session) error {
	shape, err := synth.ParseShape(c.Shape)
	if err != nil {
		return s.usage("cli.bad_shape", "Shape", c.Shape)
	}
	original := c.Layout == "original"
	if err := synth.Free(c.Out, original); errors.Is(err, synth.ErrOccupied) {
		return s.failure("cli.occupied", "Folder", c.Out)
	} else if err != nil {
		return err
	}
	size := shape.Bytes()
	if free, known := download.FreeSpace(c.Out); known && free < size {
		return s.failure("cli.no_space", "Folder", c.Out,
			"Needed", s.say.Size(size), "Free", s.say.Size(free))
	}
	write := synth.WriteSafetensors
	if original {
		write = synth.WriteOriginal
	}
	bar := s.progress("cli.progress.synth")
	err = write(ctx, c.Out, shape, bar.show)
	bar.end()
	if err != nil {
		return err
	}
	if s.JSON {
		return s.result(synthesized{Path: c.Out, Layout: c.Layout, Bytes: size})
	}
	s.note(s.say.T("cli.synthesized", "Folder", c.Out, "Size", s.say.Size(size)))
	return nil
}
