package checkpoint

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Resolve gives the tensors of f their places in the network. It knows the names of each [Layout]: the original ones behind
// any number of "module." prefixes, GPT-2's with and without "transformer.". Every tensor must be there with the shape that
// the others imply, and none may be left over ([ErrWrongModel]) but the masks that old versions of Transformers saved.
// Weights that lie as [in, out] are given as transposed views: nothing is copied.
func Resolve(f *File) (*Model, error) {
	m, err := resolve(f)
	return m, inFile(f.name, err)
}

func resolve(f *File) (*Model, error) {
	r := resolver{left: make(map[string]Tensor, len(f.tensors)+len(f.foreign))}
	for _, t := range slices.Concat(f.tensors, f.foreign) {
		name := t.Name
		for strings.HasPrefix(name, "module.") {
			name = name[len("module."):]
		}
		if other, twice := r.left[name]; twice {
			return nil, damaged("tensors %q and %q are the same one", other.Name, t.Name)
		}
		r.left[name] = t
	}
	known := schemes()
	i := slices.IndexFunc(known, func(names scheme) bool { _, ok := r.left[names.word]; return ok })
	if i < 0 {
		var words []string
		for _, names := range known {
			words = append(words, names.word)
		}
		return nil, fault(ErrWrongModel, "there is no word embedding: none of %s", strings.Join(words, ", "))
	}
	layers, err := r.countLayers(known[i].layer)
	if err != nil {
		return nil, err
	}
	return r.model(known[i], layers)
}

// resolver takes tensors out of a set by name; the first thing wrong is kept and ends the work.
type resolver struct {
	left  map[string]Tensor
	taken []Tensor
	err   error
}

// countLayers is one more than the highest layer number in a name. It is below the number of tensors unless most
// are missing, which would also make the loop over the layers long.
func (r *resolver) countLayers(prefix string) (int, error) {
	count := 0
	for _, name := range r.sorted() {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		digits, _, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 || n >= len(r.left) || strconv.Itoa(n) != digits {
			return 0, fault(ErrWrongModel, "tensor %q has an impossible layer number", name)
		}
		count = max(count, n+1)
	}
	if count == 0 {
		return 0, fault(ErrWrongModel, "there are no layers: no tensor is called %s0…", prefix)
	}
	return count, nil
}

func (r *resolver) sorted() []string {
	names := make([]string, 0, len(r.left))
	for name := range r.left {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (r *resolver) model(names scheme, layers int) (*Model, error) {
	word := r.left[names.word]
	if len(word.Shape) != 2 {
		return nil, fault(ErrWrongModel, "tensor %q has shape %v instead of [vocabulary, hidden size]", word.Name, word.Shape)
	}
	position, ok := r.left[names.position]
	if !ok || len(position.Shape) != 2 {
		return nil, fault(ErrWrongModel, "tensor %q is missing or not of shape [positions, hidden size]", names.position)
	}
	m := &Model{Vocab: word.Shape[0], Hidden: word.Shape[1], Positions: position.Shape[0], Layout: names.layout}
	d := m.Hidden
	if d > 1<<20 {
		return nil, fault(ErrWrongModel, "tensor %q has a hidden size of %d, more than any model's", word.Name, d)
	}
	m.Word = r.take(names.word, m.Vocab, d)
	m.Position = r.take(names.position, m.Positions, d)
	m.FinalNorm = r.norm(names.finalNorm, d)
	for i := range layers {
		at := fmt.Sprintf("%s%d.", names.layer, i)
		m.Layers = append(m.Layers, Layer{
			InputNorm: r.norm(at+names.inputNorm, d),
			PostNorm:  r.norm(at+names.postNorm, d),
			QKV:       r.linear(names, at, names.qkv, 3*d, d),
			Dense:     r.linear(names, at, []string{names.dense}, d, d),
			Up:        r.linear(names, at, []string{names.up}, 4*d, d),
			Down:      r.linear(names, at, []string{names.down}, d, 4*d),
		})
		for _, mask := range names.masks {
			delete(r.left, at+mask)
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	m.Word = r.joinHead(names.head, m.Word)
	r.checkApart()
	if r.err == nil && len(r.left) > 0 {
		r.err = fault(ErrWrongModel, "tensor %q does not belong to the network", r.left[r.sorted()[0]].Name)
	}
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

// take removes a tensor of the given shape from the set.
func (r *resolver) take(name string, shape ...int) Tensor {
	t, ok := r.left[name]
	switch {
	case r.err != nil:
	case !ok:
		r.err = fault(ErrWrongModel, "tensor %q is missing", name)
	case t.DType == otherDType:
		r.err = unreadable(t.Name, t.format)
	case !slices.Equal(t.Shape, shape):
		r.err = fault(ErrWrongModel, "tensor %q has shape %v instead of %v", t.Name, t.Shape, shape)
	}
	delete(r.left, name)
	r.taken = append(r.taken, t)
	return t
}

func (r *resolver) norm(name string, d int) Norm {
	return Norm{Weight: r.take(name+".weight", d), Bias: r.take(name+".bias", d)}
}

// linear collects a layer of [out, in], whose rows are divided evenly among the pieces.
func (r *resolver) linear(names scheme, prefix string, pieces []string, out, in int) Linear {
	var l Linear
	rows := out / len(pieces)
	for _, piece := range pieces {
		name := prefix + piece + ".weight"
		if names.layout == GPT2 {
			l.Weight = append(l.Weight, r.transposed(name, rows, in))
		} else {
			l.Weight = append(l.Weight, r.take(name, rows, in))
		}
		l.Bias = append(l.Bias, r.take(prefix+piece+".bias", rows))
	}
	return l
}

// transposed removes a matrix that is stored as [cols, rows] from the set.
func (r *resolver) transposed(name string, rows, cols int) Tensor {
	t := r.take(name, cols, rows)
	if block, _ := t.DType.block(); r.err == nil && block > 1 {
		r.err = fault(ErrUnsupported, "tensor %q has blocks along the wrong dimension", t.Name)
	}
	t.Shape, t.transposed = []int{rows, cols}, true
	return t
}

// joinHead takes the output head out of the set and returns the embedding that serves as both. The network is computed with
// one, so that the head must be a copy of the word embedding; but llama.cpp's quantisation gives the two different formats,
// and then the finer one is taken.
func (r *resolver) joinHead(name string, word Tensor) Tensor {
	head, ok := r.left[name]
	if !ok || r.err != nil {
		return word
	}
	delete(r.left, name)
	switch {
	case !slices.Equal(head.Shape, word.Shape), head.DType == otherDType:
	case head.DType == word.DType && bytes.Equal(head.data, word.data):
		return word
	case head.DType != word.DType && alike(head, word):
		if len(head.data) > len(word.data) {
			return head
		}
		return word
	}
	r.err = fault(ErrUnsupported, "tensor %q differs from %q: a head of its own is not supported", head.Name, word.Name)
	return word
}

// alike tells whether two matrices of one shape differ by no more than rounding, to four bits where it is coarsest: some 1 %
// of their elements' squares. It looks at some of the rows.
func alike(a, b Tensor) bool {
	const looked, most = 256, 0.1
	rows, cols := a.Shape[0], a.Shape[1]
	x, y := make([]float32, cols), make([]float32, cols)
	var off, whole float64
	for row := 0; row < rows; row += (rows + looked - 1) / looked {
		a.Floats(x, row*cols)
		b.Floats(y, row*cols)
		for i := range x {
			off += float64(x[i]-y[i]) * float64(x[i]-y[i])
			whole += float64(x[i]) * float64(x[i])
		}
	}
	return off <= most*whole
}

// checkApart refuses tensors that share bytes: no two parts of the network are the same weights, so one of them was
// given a wrong place.
func (r *resolver) checkApart() {
	if r.err != nil {
		return
	}
	address := func(t Tensor) uintptr { return reflect.ValueOf(t.data).Pointer() }
	slices.SortFunc(r.taken, func(a, b Tensor) int { return cmp.Compare(address(a), address(b)) })
	for i := 1; i < len(r.taken); i++ {
		if a, b := r.taken[i-1], r.taken[i]; address(b)-address(a) < uintptr(len(a.data)) {
			r.err = damaged("tensors %q and %q overlap in the file", a.Name, b.Name)
			return
		}
	}
}
