package tokenizer

// mergeTable holds the pairs of tokens that may be joined. The rank of a pair is its place in merges.txt: pairs of
// lower rank are joined first.
type mergeTable struct {
	ranks  map[uint64]int32 // pair → rank
	joined []int32          // rank → the token that the pair becomes
}

const noRank = -1

func pairKey(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

func newMergeTable() mergeTable { return mergeTable{ranks: make(map[uint64]int32)} }

func (t *mergeTable) len() int { return len(t.joined) }

// add gives the next rank to a pair; it reports false if the pair has one already.
func (t *mergeTable) add(left, right, joined int32) bool {
	key := pairKey(left, right)
	if _, ok := t.ranks[key]; ok {
		return false
	}
	t.ranks[key] = int32(len(t.joined))
	t.joined = append(t.joined, joined)
	return true
}

func (t *mergeTable) rank(left, right int32) int32 {
	if rank, ok := t.ranks[pairKey(left, right)]; ok {
		return rank
	}
	return noRank
}

// symbol is a token of the piece being merged. Symbols are linked through their positions in the piece.
type symbol struct {
	id         int32
	rank       int32 // of the pair with the next symbol; noRank where there is none or the symbol has been joined
	prev, next int32 // -1 at the ends
}

// merger merges one piece after another; its buffers are used again.
type merger struct {
	table   *mergeTable
	symbols []symbol
	queue   minHeap  // candidates: rank << 32 | position of the left symbol
	fresh   []uint64 // candidates for the next round
}

// merge joins the tokens of a piece, given one per byte, as far as the table goes and appends what is left to dst.
//
// As in GPT-2, a round takes the pair of lowest rank and joins all of its occurrences from left to right; pairs that
// arise on the way wait for the next round. (The tokenizers library does not let them wait. That makes a difference
// only for merges that no training produces.) The heap of candidates bounds the time for n bytes by O(n log n),
// whatever the piece; n must be below 2^31.
func (m *merger) merge(dst, ids []int32) []int32 {
	m.symbols, m.queue, m.fresh = m.symbols[:0], m.queue[:0], m.fresh[:0]
	for i, id := range ids {
		m.symbols = append(m.symbols, symbol{id: id, prev: int32(i) - 1, next: int32(i) + 1})
	}
	m.symbols[len(ids)-1].next = -1
	for i := range ids {
		m.rankPair(int32(i))
	}
	for len(m.fresh) > 0 || len(m.queue) > 0 {
		for _, candidate := range m.fresh {
			m.queue.push(candidate)
		}
		m.fresh = m.fresh[:0]
		m.round()
	}
	for i := int32(0); i >= 0; i = m.symbols[i].next {
		dst = append(dst, m.symbols[i].id)
	}
	return dst
}

// round joins all occurrences of the pair that is first in the queue.
func (m *merger) round() {
	rank := m.queue[0] >> 32
	for len(m.queue) > 0 && m.queue[0]>>32 == rank {
		at := int32(uint32(m.queue.pop()))
		// A candidate is stale when one of its symbols has been joined to another since. Its rank then differs for
		// good: the symbols at a position only grow, and no pair that arises in a round is the pair of the round.
		if m.symbols[at].rank == int32(rank) {
			m.join(at)
		}
	}
}

// join makes one symbol of those at a position and after it.
func (m *merger) join(at int32) {
	left := &m.symbols[at]
	right := &m.symbols[left.next]
	left.id = m.table.joined[left.rank]
	left.next = right.next
	right.rank = noRank
	if left.next >= 0 {
		m.symbols[left.next].prev = at
	}
	m.rankPair(at)
	if left.prev >= 0 {
		m.rankPair(left.prev)
	}
}

// rankPair finds the rank of the pair that begins at a position and makes it a candidate.
func (m *merger) rankPair(at int32) {
	left := &m.symbols[at]
	left.rank = noRank
	if left.next < 0 {
		return
	}
	left.rank = m.table.rank(left.id, m.symbols[left.next].id)
	if left.rank != noRank {
		m.fresh = append(m.fresh, uint64(left.rank)<<32|uint64(at))
	}
}

// minHeap is a binary heap, the least element first.
type minHeap []uint64

func (h *minHeap) push(x uint64) {
	*h = append(*h, x)
	s := *h
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if s[parent] <= x {
			break
		}
		s[i] = s[parent]
		i = parent
	}
	s[i] = x
}

func (h *minHeap) pop() uint64 {
	s := *h
	least := s[0]
	x := s[len(s)-1]
	s = s[:len(s)-1]
	*h = s
	i := 0
	for child := 1; child < len(s); child = 2*i + 1 {
		if child+1 < len(s) && s[child+1] < s[child] {
			child++
		}
		if x <= s[child] {
			break
		}
		s[i] = s[child]
		i = child
	}
	if len(s) > 0 {
		s[i] = x
	}
	return least
}
