package textbuf

import "slices"

// Kind says who wrote a piece of text. More kinds may follow; zero stays [Typed].
type Kind uint8

// The kinds of text. The package's comment says how an edit turns one into another.
const (
	Typed     Kind = iota // written or pasted by a person
	Generated             // written by the model and untouched since
	Edited                // the rest of a generated word that a person changed
)

// Span is the text of one kind at the bytes [From, To).
type Span struct {
	From, To int
	Kind     Kind
}

// run is a length in bytes of one kind.
type run struct {
	n    int
	kind Kind
}

// runs covers a text from its start; neighbours differ in kind and none is empty.
type runs []run

// add appends n bytes of kind k.
func (r runs) add(n int, k Kind) runs {
	switch {
	case n == 0:
		return r
	case len(r) > 0 && r[len(r)-1].kind == k:
		r[len(r)-1].n += n
		return r
	}
	return append(r, run{n, k})
}

func (r runs) addAll(more runs) runs {
	for _, x := range more {
		r = r.add(x.n, x.kind)
	}
	return r
}

// find returns the index of the run that holds offset at, and the offset that run starts at.
// At the end of the text the index is len(r).
func (r runs) find(at int) (i, start int) {
	for i < len(r) && start+r[i].n <= at {
		start += r[i].n
		i++
	}
	return i, start
}

// slice returns a copy of the runs of the bytes [from, to).
func (r runs) slice(from, to int) runs {
	var out runs
	for i, start := r.find(from); start < to; i++ {
		end := start + r[i].n
		out = out.add(min(end, to)-max(start, from), r[i].kind)
		start = end
	}
	return out
}

// replace puts with in place of the runs of the bytes [from, to).
func (r runs) replace(from, to int, with runs) runs {
	i, start := r.find(from)
	if i > 0 && start == from { // take the left neighbour in, since it may merge with what comes
		i--
		start -= r[i].n
	}
	j, end := i, start
	for j < len(r) && end <= to { // and the right neighbour
		end += r[j].n
		j++
	}
	local := r[i:j]
	merged := local.slice(0, from-start).addAll(with).addAll(local.slice(to-start, end-start))
	return slices.Replace(r, i, j, merged...)
}
