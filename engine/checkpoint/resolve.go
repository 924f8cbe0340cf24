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

// layout holds the names a naming scheme gives to the tensors; %d is the layer.
type layout struct {
	word, position, finalNorm string
	layer                     string // prefix of a layer's tensors
	inputNorm, postNorm       string
	qkv                       []string // pieces by rows
	dense, up, down           string
	head                      string // a copy of the word embedding, which may be absent
}

func megatron() layout {
	return layout{
		word: "word_embeddings.weight", position: "position_embeddings.weight", finalNorm: "transformer.final_layernorm",
		layer:     "transformer.layers.",
		inputNorm: "input_layernorm", postNorm: "post_attention_layernorm",
		qkv: []string{"attention.query_key_value"}, dense: "attention.dense",
		up: "mlp.dense_h_to_4h", down: "mlp.dense_4h_to_h",
	}
}

func transformers() layout {
	return layout{
		word: "model.embed_tokens.weight", position: "model.embed_positions.weight", finalNorm: "model.norm",
		layer:     "model.layers.",
		inputNorm: "input_layernorm", postNorm: "post_attention_layernorm",
		qkv: []string{"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"}, dense: "self_attn.o_proj",
		up: "mlp.up_proj", down: "mlp.down_proj",
		head: "lm_head.weight",
	}
}

// Resolve gives the tensors of f their places in the network. It knows the original names (behind any number of
// "module." prefixes) and those of the Transformers port; every tensor must be there with the shape that the others
// imply, and none may be left over ([ErrWrongModel]).
func Resolve(f *File) (*Model, error) {
	m, err := resolve(f)
	return m, inFile(f.name, err)
}

func resolve(f *File) (*Model, error) {
	r := resolver{left: make(map[string]Tensor, len(f.tensors))}
	for _, t := range f.tensors {
		name := t.Name
		for strings.HasPrefix(name, "module.") {
			name = name[len("module."):]
		}
		if other, twice := r.left[name]; twice {
			return nil, damaged("tensors %q and %q are the same one", other.Name, t.Name)
		}
		r.left[name] = t
	}
	names := megatron()
	if _, ok := r.left[names.word]; !ok {
		names = transformers()
	}
	if _, ok := r.left[names.word]; !ok {
		return nil, fault(ErrWrongModel, "there is no word embedding: neither %s nor %s", megatron().word, names.word)
	}
	layers, err := r.countLayers(names.layer)
	if err != nil {
		return nil, err
	}
	return r.model(names, layers)
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

func (r *resolver) model(names layout, layers int) (*Model, error) {
	word := r.left[names.word]
	if len(word.Shape) != 2 {
		return nil, fault(ErrWrongModel, "tensor %q has shape %v instead of [vocabulary, hidden size]", word.Name, word.Shape)
	}
	position, ok := r.left[names.position]
	if !ok || len(position.Shape) != 2 {
		return nil, fault(ErrWrongModel, "tensor %q is missing or not of shape [positions, hidden size]", names.position)
	}
	m := &Model{Vocab: word.Shape[0], Hidden: word.Shape[1], Positions: position.Shape[0]}
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
			QKV:       r.linear(at, names.qkv, 3*d, d),
			Dense:     r.linear(at, []string{names.dense}, d, d),
			Up:        r.linear(at, []string{names.up}, 4*d, d),
			Down:      r.linear(at, []string{names.down}, d, 4*d),
		})
		if r.err != nil {
			return nil, r.err
		}
	}
	r.checkHead(names.head, m.Word)
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
func (r *resolver) linear(prefix string, pieces []string, out, in int) Linear {
	var l Linear
	rows := out / len(pieces)
	for _, name := range pieces {
		l.Weight = append(l.Weight, r.take(prefix+name+".weight", rows, in))
		l.Bias = append(l.Bias, r.take(prefix+name+".bias", rows))
	}
	return l
}

// checkHead accepts an output head only as a copy of the word embedding, which the network is computed with.
func (r *resolver) checkHead(name string, word Tensor) {
	head, ok := r.left[name]
	if !ok || r.err != nil {
		return
	}
	delete(r.left, name)
	if head.DType != word.DType || !slices.Equal(head.Shape, word.Shape) || !bytes.Equal(head.data, word.data) {
		r.err = fault(ErrUnsupported, "tensor %q differs from %q: a head of its own is not supported", head.Name, word.Name)
	}
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
