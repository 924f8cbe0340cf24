package glcompute

// Rows describes the rows of a batch on the device: for row r its token, its position and its KV cache slot, as uint32
// [3, Capacity].
type Rows struct {
	Buffer   *Buffer
	Capacity int
}

// Embed records dst[r] = word[token of r] + position[position of r] for rows r, float32 [rows, hidden]. The position matrix
// is F16 and fits one storage buffer. Twin: oracle.Embed.
func (l *List) Embed(dst *Buffer, word, position *Matrix, info Rows, rows int) {
	l.embed(dst, word, position, info, rows, 0)
}

// embed records Embed, or with stream 1 EmbedStream.
func (l *List) embed(dst *Buffer, word, position *Matrix, info Rows, rows, stream int) {
	group := l.device.rowGroup()
	eights := word.Cols / 8
	for i, s := range word.shards {
		bindings := [8]binding{whole(s.numbers), whole(position.shards[0].numbers), whole(info.Buffer), whole(dst)}
		if s.scales != nil {
			bindings[7] = whole(s.scales)
		}
		consts := word.consts()
		consts["GROUP"], consts["STREAM"] = group, stream
		l.add(Kernel{"embed", consts}, [3]int{ceilDiv(eights, group), rows, 1}, float64(rows*word.Cols),
			[]uint32{uint32(eights), uint32(s.first), uint32(s.rows), uint32(info.Capacity)}, bindings[:]...).concurrent = i > 0
	}
}
