package checkpoint

import (
	"encoding/binary"
	"math"

	"github.com/x448/float16"
)

// DType is the number format of a tensor's elements, little-endian.
type DType uint8

// The number formats that weights may have. The last three are GGUF's: blocks of elements along the last dimension that
// share a float16 scale.
const (
	otherDType DType = iota // known to exist, not readable as weights
	F16
	BF16
	F32
	Q8_0 // 32 numbers of 8 bits: an element is scale · number
	Q4_0 // 32 numbers of 4 bits: scale · (number - 8)
	Q6_K // 256 numbers of 6 bits, of which 16 at a time share a factor of 8 bits: scale · factor · (number - 32)
)

// block is the smallest whole of the format: a number of elements, and the bytes that these take.
func (d DType) block() (elements, bytes int) {
	switch d {
	case F32:
		return 1, 4
	case Q8_0:
		return 32, 2 + 32
	case Q4_0:
		return 32, 2 + 32/2
	case Q6_K:
		return 256, 256/2 + 256/4 + 256/16 + 2
	default:
		return 1, 2
	}
}

// Bytes is the number of bytes that n elements take, a whole number of blocks.
func (d DType) Bytes(n int) int {
	elements, bytes := d.block()
	return n / elements * bytes
}

func (d DType) String() string {
	switch d {
	case F16:
		return "float16"
	case BF16:
		return "bfloat16"
	case F32:
		return "float32"
	case Q8_0:
		return "Q8_0"
	case Q4_0:
		return "Q4_0"
	case Q6_K:
		return "Q6_K"
	default:
		return "other"
	}
}

// decode fills dst with elements of src, which begins with a block, from its element skip on.
func (d DType) decode(dst []float32, src []byte, skip int) {
	switch d {
	case F16:
		for i := range dst {
			dst[i] = fromHalf(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case BF16:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
		}
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case Q8_0, Q4_0, Q6_K:
		elements, size := d.block()
		for len(dst) > 0 {
			part := dst[:min(elements-skip, len(dst))]
			d.dequantise(part, src[:size], skip)
			dst, src, skip = dst[len(part):], src[size:], 0
		}
	}
}

// dequantise is decode for elements of one block. Where the bits of a number are is ggml's layout (ggml-quants.c).
func (d DType) dequantise(dst []float32, block []byte, skip int) {
	switch d {
	case Q8_0:
		scale, numbers := fromHalf(binary.LittleEndian.Uint16(block)), block[2+skip:]
		for i := range dst {
			dst[i] = scale * float32(int8(numbers[i]))
		}
	case Q4_0:
		scale, pairs := fromHalf(binary.LittleEndian.Uint16(block)), block[2:]
		for i := range dst {
			at := skip + i
			dst[i] = scale * float32(int(pairs[at%16]>>(at/16*4)&15)-8)
		}
	case Q6_K:
		low, high, factors := block[:128], block[128:192], block[192:208]
		scale := fromHalf(binary.LittleEndian.Uint16(block[208:]))
		for i := range dst {
			at := skip + i
			half, quarter, k := at/128, at%128/32, at%32
			number := low[64*half+quarter%2*32+k]>>(quarter/2*4)&15 | high[32*half+k]>>(2*quarter)&3<<4
			dst[i] = scale * float32(int8(factors[at/16])) * float32(int(number)-32)
		}
	}
}

func fromHalf(bits uint16) float32 { return float16.Frombits(bits).Float32() }
