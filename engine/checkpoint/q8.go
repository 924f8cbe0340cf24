package checkpoint

import "encoding/binary"

// Q8Blocks copies elements of a Q8_0 tensor as they are stored, numbers and scales apart: those of whole blocks from index at
// on, a byte a number, two's complement, and a float16 scale for every 32. So they reach a device that computes with such
// blocks without having been rounded once more. ok is false, and nothing is of use, where the tensor has another format, and
// where a block is none that a quantiser makes: with a number of -128, or a scale that is infinite or not a number.
func (t Tensor) Q8Blocks(numbers []byte, scales []uint16, at int) (ok bool) {
	block, size := Q8_0.block()
	if t.DType != Q8_0 || at%block != 0 || len(numbers) != block*len(scales) {
		return false
	}
	t.within(at, len(numbers))
	src := t.data[Q8_0.Bytes(at):]
	for i := range scales {
		from := src[i*size:][:size]
		const exponent = 0x7c00
		scale := binary.LittleEndian.Uint16(from)
		if scale&exponent == exponent {
			return false
		}
		to := numbers[i*block:][:block]
		for k, b := range from[2:] {
			if b == 0x80 {
				return false
			}
			to[k] = b
		}
		scales[i] = scale
	}
	return true
}
