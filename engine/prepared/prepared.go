// Package prepared keeps weights on the disk as devices take them, so that a checkpoint is converted once and not at every
// start:
//
//	checkpoint → engine converts → prepared file → mapped → GPU buffers, or the CPU's kernels
//
// It knows neither tensors nor formats: a [Plan] names sections of bytes and says what they are made of, [Obtain] opens the
// file of a plan or has it made.
//
// # Layout, version 1
//
// All numbers are little-endian.
//
//	 0  8 bytes   "zachin-w"
//	 8  uint32    version
//	12  uint32    length of the origin
//	16  32 bytes  SHA-256 of the plan
//	48  uint32    CRC-32 (IEEE) of the bytes before
//	52  uint32    CRC-32 of the origin and of the sections' check sums
//	64  origin, then a uint32 for each section: the CRC-32 of its bytes
//	    sections, in the plan's order, each from a multiple of 4096 on; zeros between them
//
// Whoever opens the file has the plan, and the places and sizes of all sections follow from it: none is read from the file, so
// a file that lies about itself can only be refused.
package prepared

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// The places in the header.
const (
	magic      = "zachin-w"
	version    = 1
	atVersion  = 8
	atLength   = 12
	atDigest   = 16
	atHeadSum  = 48
	atTableSum = 52
	headSize   = 64
)

// align is what sections begin at a multiple of: a page, so that the pages of one can be given back without touching
// another, and more than any device asks for.
const align = 4096

// maxOrigin bounds what is read of a file before it is known to be sound.
const maxOrigin = 1 << 20

var (
	// ErrStale: the file is sound, as far as looked at, but of another plan or another version of the layout.
	ErrStale = errors.New("prepared from something else")
	// ErrDamaged: the file is not as it was written.
	ErrDamaged = errors.New("damaged")
)

// Section is a run of bytes in a prepared file.
type Section struct {
	Name string // unique in its plan
	Size int64
}

// Plan is what a prepared file is to hold.
type Plan struct {
	// Origin says what the sections are made of and how. A file with another origin is stale.
	Origin   string
	Sections []Section
}

// digest identifies the plan.
func (p Plan) digest() [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", p.Origin)
	for _, s := range p.Sections {
		fmt.Fprintf(h, "%q %d\n", s.Name, s.Size)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// layout is where everything stands.
type layout struct {
	table   int            // bytes of the origin and the check sums, from headSize on
	offsets []int64        // of the sections
	index   map[string]int // of the sections
	size    int64          // of the file
}

func (p Plan) layout() layout {
	up := func(n int64) int64 { return (n + align - 1) / align * align }
	l := layout{table: len(p.Origin) + 4*len(p.Sections), index: make(map[string]int, len(p.Sections))}
	l.size = up(headSize + int64(l.table))
	for i, s := range p.Sections {
		l.index[s.Name] = i
		l.offsets = append(l.offsets, l.size)
		l.size = up(l.size + s.Size)
	}
	return l
}

// header is the file's beginning, for sections with these check sums.
func (p Plan) header(sums []uint32) []byte {
	le := binary.LittleEndian
	head := append(make([]byte, headSize), p.Origin...)
	for _, sum := range sums {
		head = le.AppendUint32(head, sum)
	}
	copy(head, magic)
	le.PutUint32(head[atVersion:], version)
	le.PutUint32(head[atLength:], uint32(len(p.Origin)))
	digest := p.digest()
	copy(head[atDigest:], digest[:])
	le.PutUint32(head[atHeadSum:], crc32.ChecksumIEEE(head[:atHeadSum]))
	le.PutUint32(head[atTableSum:], crc32.ChecksumIEEE(head[headSize:]))
	return head
}

// checkHead tells whether a file begins as prepared files of this version do.
func checkHead(head []byte) error {
	le := binary.LittleEndian
	switch {
	case !bytes.HasPrefix(head, []byte(magic)):
		return fmt.Errorf("%w: it does not begin as it should", ErrDamaged)
	case le.Uint32(head[atVersion:]) != version:
		return fmt.Errorf("%w: its version is %d, not %d", ErrStale, le.Uint32(head[atVersion:]), version)
	case crc32.ChecksumIEEE(head[:atHeadSum]) != le.Uint32(head[atHeadSum:]):
		return fmt.Errorf("%w: its header has another check sum", ErrDamaged)
	}
	return nil
}

// readSums reads the sections' check sums of a file that is of the plan.
func (p Plan) readSums(from io.ReaderAt, l layout, size int64) ([]uint32, error) {
	le := binary.LittleEndian
	head := make([]byte, headSize)
	if _, err := from.ReadAt(head, 0); err != nil {
		return nil, cutOff(err)
	}
	if err := checkHead(head); err != nil {
		return nil, err
	}
	if digest := p.digest(); !bytes.Equal(head[atDigest:][:sha256.Size], digest[:]) {
		return nil, ErrStale
	}
	if size != l.size {
		return nil, fmt.Errorf("%w: it has %d bytes instead of %d", ErrDamaged, size, l.size)
	}
	table := make([]byte, l.table)
	if _, err := from.ReadAt(table, headSize); err != nil {
		return nil, cutOff(err)
	}
	if crc32.ChecksumIEEE(table) != le.Uint32(head[atTableSum:]) {
		return nil, fmt.Errorf("%w: its list of sections has another check sum", ErrDamaged)
	}
	sums := make([]uint32, len(p.Sections))
	for i := range sums {
		sums[i] = le.Uint32(table[len(p.Origin)+4*i:])
	}
	return sums, nil
}

// cutOff turns the end of the file where there should be more into what it means.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it is cut off", ErrDamaged)
	}
	return err
}

// Origin reads the origin of the prepared file at path, of any plan. Its errors are those of the file system, ErrStale for
// another version, and ErrDamaged.
func Origin(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	head := make([]byte, headSize)
	if _, err := file.ReadAt(head, 0); err != nil {
		return "", cutOff(err)
	}
	if err := checkHead(head); err != nil {
		return "", err
	}
	n := binary.LittleEndian.Uint32(head[atLength:])
	if n > maxOrigin {
		return "", fmt.Errorf("%w: it claims an origin of %d bytes", ErrDamaged, n)
	}
	origin := make([]byte, n)
	_, err = file.ReadAt(origin, headSize)
	return string(origin), cutOff(err)
}
