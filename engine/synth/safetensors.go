package synth

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
)

// writeSafetensors writes a length, a JSON header padded to 8 bytes, and the tensors in the header's order.
func writeSafetensors(ctx context.Context, w io.Writer, s Shape, progress func(done, total int64)) error {
	tensors := s.transformers()
	header := []byte(`{"__metadata__":{"format":"pt"}`)
	at := int64(0)
	for _, t := range tensors {
		end := at + 2*t.elements()
		entry, err := json.Marshal(struct {
			DType   string   `json:"dtype"`
			Shape   []int    `json:"shape"`
			Offsets [2]int64 `json:"data_offsets"`
		}{"F16", t.shape, [2]int64{at, end}})
		if err != nil {
			return err
		}
		header = append(append(header, `,"`+t.name+`":`...), entry...)
		at = end
	}
	header = append(header, '}')
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	g := newGenerator(s, tensors, progress)
	for _, t := range tensors {
		if err := g.write(ctx, w, t); err != nil {
			return err
		}
	}
	return nil
}
