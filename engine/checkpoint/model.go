package checkpoint

// Model is the network of GPT-2 and ruGPT-3 XL as tensors of an open [File]. With L layers, hidden size D, C positions and V rows
// of vocabulary, linear weights are [out, in], row-major:
//
//	Word [V, D], Position [C, D]
//	layer: InputNorm, PostNorm [D]; QKV [3D, D] (Q rows, then K, then V); Dense [D, D]; Up [4D, D]; Down [D, 4D]
//	FinalNorm [D]; the output head is Word.
//
// The number of heads is not in the tensors.
type Model struct {
	Hidden    int // D
	Positions int // C
	Vocab     int // V, including rows without a token
	Layout    Layout

	Word, Position Tensor
	Layers         []Layer
	FinalNorm      Norm
}

// Layout is a scheme of names for the network's tensors.
type Layout uint8

// The layouts that [Resolve] knows.
const (
	Original     Layout = iota // as ruGPT-3 XL was published: Megatron's names
	Transformers               // the Transformers port of ruGPT-3 XL
	GPT2                       // Transformers' GPT-2, whose linear weights are stored as [in, out]
	GGML                       // llama.cpp's names, in GGUF files
)

// Layer is one transformer block.
type Layer struct {
	InputNorm, PostNorm  Norm
	QKV, Dense, Up, Down Linear
}

// Norm holds the scale and shift of a layer normalisation, [D] each.
type Norm struct{ Weight, Bias Tensor }

// Linear is y = Weight·x + Bias with Weight [out, in] and Bias [out].
type Linear struct{ Weight, Bias Parts }

// Parts is one tensor stored as row-wise pieces, in order: most have one piece, query, key and value projections of
// the Transformers layout are three pieces of one [3D, D].
type Parts []Tensor

// Rows is the first dimension of the whole.
func (p Parts) Rows() int {
	n := 0
	for _, t := range p {
		n += t.Shape[0]
	}
	return n
}

// NumElements is the number of elements of all pieces.
func (p Parts) NumElements() int {
	n := 0
	for _, t := range p {
		n += t.NumElements()
	}
	return n
}

// Halves fills dst with the row-major elements of the whole from index at on; see [Tensor.Halves].
func (p Parts) Halves(dst []uint16, at int) error {
	return p.each(len(dst), at, func(t Tensor, from, start, n int) error {
		return t.Halves(dst[from:from+n], start)
	})
}

// Floats fills dst with the row-major elements of the whole from index at on; see [Tensor.Floats].
func (p Parts) Floats(dst []float32, at int) {
	_ = p.each(len(dst), at, func(t Tensor, from, start, n int) error {
		t.Floats(dst[from:from+n], start)
		return nil
	})
}

// each divides n elements from index at on among the pieces: n elements of t from start on belong at from.
func (p Parts) each(n, at int, visit func(t Tensor, from, start, n int) error) error {
	from := 0
	for _, t := range p {
		if size := t.NumElements(); at >= size {
			at -= size
			continue
		}
		part := min(n-from, t.NumElements()-at)
		if err := visit(t, from, at, part); err != nil {
			return err
		}
		from, at = from+part, 0
		if from == n {
			return nil
		}
	}
	if from < n {
		panic("checkpoint: elements beyond the end of a tensor in parts")
	}
	return nil
}
