package synth

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"runtime"
	"strings"
	"sync"

	"github.com/x448/float16"
)

// distribution maps a uniform u in [-1, 1) to an element: mean + scale · u.
type distribution struct{ mean, scale float64 }

// distributionOf gives the distribution of a tensor, by its name, in a network of the given hidden size.
func distributionOf(name string, hidden int) (distribution, error) {
	if strings.HasSuffix(name, ".bias") {
		return distribution{0, 0.02}, nil
	}
	path := strings.Split(strings.TrimSuffix(name, ".weight"), ".")
	root := math.Sqrt(float64(hidden))
	switch last := path[len(path)-1]; last {
	case "input_layernorm", "post_attention_layernorm", "final_layernorm":
		return distribution{1, 0.1}, nil
	case "word_embeddings", "position_embeddings":
		return distribution{0, 3 / root}, nil
	case "query_key_value":
		return distribution{0, 2.5 / root}, nil
	case "dense":
		return distribution{0, 1 / root}, nil
	case "dense_h_to_4h":
		return distribution{0, 1.75 / root}, nil
	case "dense_4h_to_h":
		return distribution{0, 0.5 / root}, nil
	default:
		return distribution{}, fmt.Errorf("there is no formula for a tensor called %q", name)
	}
}

// Halves fills dst with the elements start… of a tensor, as float16 bits, in a network of the given hidden size.
// The tensor is named as in the original checkpoint, without "module." in front. Element i is splitmix64 of the
// name's FNV-1a hash plus i, scaled in float64 and rounded to float32 and then to float16, ties to even.
func Halves(dst []uint16, tensor string, hidden int, start int64) error {
	d, err := distributionOf(tensor, hidden)
	if err != nil {
		return err
	}
	d.fillAll(dst, seedOf(tensor)+uint64(start))
	return nil
}

// seedOf is what splitmix64 begins with for element 0 of a tensor.
func seedOf(tensor string) uint64 {
	hash := fnv.New64a()
	io.WriteString(hash, tensor) // never fails, as hash.Hash promises
	return hash.Sum64()
}

// fillAll fills dst on all cores.
func (d distribution) fillAll(dst []uint16, seed uint64) {
	var group sync.WaitGroup
	const grain = 1 << 14 // elements that are worth a goroutine
	part := max(grain, (len(dst)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for from := 0; from < len(dst); from += part {
		group.Go(func() { d.fill(dst[from:min(from+part, len(dst))], seed+uint64(from)) })
	}
	group.Wait()
}

func (d distribution) fill(dst []uint16, seed uint64) {
	for i := range dst {
		z := seed + uint64(i) + 0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		u := 2*(float64(int64(z>>11))*0x1p-53) - 1 // converting a signed integer is one instruction
		// The conversion keeps compilers from fusing the product with the sum, which would round once less.
		dst[i] = half(float32(d.mean + float64(d.scale*u)))
	}
}

// half rounds to float16, ties to even. Normal results, which nearly all elements are, take half the library's time.
func half(f float32) uint16 {
	const (
		smallest = 113 << 23 // 2^-14 as float32 bits
		large    = 142 << 23 // 2^15
		rebias   = 112 << 23 // difference of the exponent biases, 127 and 15
	)
	b := math.Float32bits(f)
	magnitude := b &^ (1 << 31)
	if magnitude < smallest || magnitude >= large {
		return float16.Fromfloat32(f).Bits()
	}
	even := magnitude >> 13 & 1
	return uint16(b>>16&0x8000 | (magnitude-rebias+0xFFF+even)>>13)
}

// CaseIDs returns the n input ids of the reference case with the given seed, for a vocabulary of that many rows.
func CaseIDs(seed uint64, n, vocab int) []int {
	ids := make([]int, n)
	for i := range ids {
		seed = seed*6364136223846793005 + 1442695040888963407
		ids[i] = firstByte + int((seed>>33)%uint64(vocab-tokenless-firstByte))
	}
	return ids
}

// generator writes tensors piece by piece, so that a checkpoint of any size takes the same memory.
type generator struct {
	hidden   int
	halves   []uint16
	bytes    []byte
	done     int64 // bytes of tensors written
	total    int64
	progress func(done, total int64) // or nil
}

func newGenerator(s Shape, tensors []tensor, progress func(done, total int64)) *generator {
	const piece = 4 << 20 // elements
	total := int64(0)
	for _, t := range tensors {
		total += 2 * t.elements()
	}
	return &generator{
		hidden: s.Hidden, halves: make([]uint16, piece), bytes: make([]byte, 2*piece),
		total: total, progress: progress,
	}
}

// write writes the elements of t, little-endian.
func (g *generator) write(ctx context.Context, w io.Writer, t tensor) error {
	for at, n := int64(0), t.elements(); at < n; {
		if err := ctx.Err(); err != nil {
			return err
		}
		piece := g.halves[:min(n-at, int64(len(g.halves)))]
		if err := Halves(piece, t.source, g.hidden, t.start+at); err != nil {
			return err
		}
		for i, h := range piece {
			binary.LittleEndian.PutUint16(g.bytes[2*i:], h)
		}
		if _, err := w.Write(g.bytes[:2*len(piece)]); err != nil {
			return err
		}
		at += int64(len(piece))
		g.done += 2 * int64(len(piece))
		if g.progress != nil {
			g.progress(g.done, g.total)
		}
	}
	return nil
}
