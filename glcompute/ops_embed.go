package glcompute

// Rows describes the rows of a batch on the device: for row r its token, its position and its KV cache slot, as uint32
// [3, Capacity].
type Rows struct {
	Buffer   *Buffer
	Capacity int
}

// Embed records dst[r] = word[token of r] + position[position of r] for rows r, float32 [rows, hidden]. The position matrix
// must fit one storage buffer. Twin: oracle.Embed.
func (l *List) Embed(dst *Buffer, word, position *Matrix, info Rows, rows int) {
	group := l.device.rowGroup()
	quarters := word.Cols / 4
	for i, s := range word.shards {
		l.add(Kernel{"embed", map[string]int{"GROUP": group}}, [3]int{ceilDiv(quarters, group), rows, 1}, float64(rows*word.Cols),
			[]uint32{uint32(quarters), uint32(s.first), uint32(s.rows), uint32(info.Capacity)},
			whole(s.buffer), whole(position.shards[0].buffer), whole(info.Buffer), whole(dst)).concurrent = i > 0
	}
}
