package checkpoint

import (
	"encoding/binary"
	"math"

	"github.com/x448/float16"
)

// DType is the number format of a tensor's elements, little-endian.
type DType uint8

// The number formats that weights may have. The last two are GGUF's: blocks of 32 elements along the last dimension that
// share a float16 scale.
const (
	otherDType DType = iota // known to exist, not readable as weights
	F16
	BF16
	F32
	Q8_0 // scale, 32 whole numbers of 8 bits: an element is scale · number
	Q4_0 // scale, 32 numbers of 4 bits, those of the block's first half in the low bits: scale · (number - 8)
)

// quantBlock is the number of elements in a block of Q8_0 and Q4_0.
const quantBlock = 32

// block is the smallest whole of the format: a number of elements, and the bytes that these take.
func (d DType) block() (elements, bytes int) {
	switch d {
	case F32:
		return 1, 4
	case Q8_0:
		return quantBlock, 2 + quantBlock
	case Q4_0:
		return quantBlock, 2 + quantBlock/2
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
	case Q8_0, Q4_0:
		d.dequantise(dst, src, skip)
	}
}

// dequantise is decode for the formats of blocks. The products have at most 19 significant bits: they are exact.
func (d DType) dequantise(dst []float32, src []byte, skip int) {
	_, size := d.block()
	for len(dst) > 0 {
		part := dst[:min(quantBlock-skip, len(dst))]
		scale, numbers := fromHalf(binary.LittleEndian.Uint16(src)), src[2:size]
		if d == Q8_0 {
			for i := range part {
				part[i] = scale * float32(int8(numbers[skip+i]))
			}
		} else {
			for i := range part {
				at := skip + i
				pair := numbers[at%(quantBlock/2)]
				part[i] = scale * float32(int(pair>>(at/(quantBlock/2)*4)&15)-8)
			}
		}
		dst, src, skip = dst[len(part):], src[size:], 0
	}
}

func fromHalf(bits uint16) float32 { return float16.Frombits(bits).Float32() }
