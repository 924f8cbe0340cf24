package download

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
)

// ChunkSize is what a file is resumed and mended in: small enough that a kill costs little on a slow line, large enough that the
// journal of the largest models stays below a megabyte.
const ChunkSize = 256 << 10

type digest = [sha256.Size]byte

// header is the first line of a journal: the file that it is about.
type header struct {
	Version int    `json:"version"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256,omitempty"`
	Blob    string `json:"blob,omitempty"`
	Chunk   int    `json:"chunk"`
}

func headerOf(f File) header { return header{1, f.Size, f.SHA256, f.Blob, ChunkSize} }

// journal is a text file: a header in JSON, then a line for each thing that became known of the file, "chunk INDEX SHA256" or
// "etag ETAG". Lines are only ever added, so a program killed at any moment leaves at most one broken line, which is skipped.
// Nothing in it is believed: a chunk counts when its bytes have the hash.
type journal struct {
	mu   sync.Mutex
	file *os.File
}

// noted is what a journal says.
type noted struct {
	chunks map[int]digest
	etag   string // of the server that the bytes came from
}

// openJournal opens or begins the journal of a file. One of another file is begun anew.
func openJournal(path string, f File) (*journal, noted, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, noted{}, err
	}
	j := &journal{file: file}
	n, ok, err := readJournal(file, headerOf(f))
	switch {
	case err != nil:
	case ok:
		err = j.endLine()
	default:
		err = j.begin(f)
	}
	if err != nil {
		_ = file.Close()
		return nil, noted{}, err
	}
	return j, n, nil
}

// begin empties the journal.
func (j *journal) begin(f File) error {
	if err := j.file.Truncate(0); err != nil {
		return err
	}
	line, err := json.Marshal(headerOf(f))
	if err != nil {
		return err
	}
	return j.add(string(line))
}

// readJournal tells what a journal says of a file: nothing, and not ok, if it is about another one.
func readJournal(from io.Reader, want header) (n noted, ok bool, err error) {
	n.chunks = map[int]digest{}
	var got header
	lines := bufio.NewScanner(from)
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &got) != nil || got != want {
		if err := lines.Err(); !errors.Is(err, bufio.ErrTooLong) { // nil at the end of the file
			return n, false, err
		}
		return n, false, nil
	}
	for lines.Scan() {
		switch kind, rest, _ := strings.Cut(lines.Text(), " "); kind {
		case "chunk":
			number, sum, _ := strings.Cut(rest, " ")
			index, err := strconv.Atoi(number)
			hash, bad := hex.DecodeString(sum)
			if err == nil && bad == nil && len(hash) == sha256.Size && index >= 0 && index < chunks(want.Size) {
				n.chunks[index] = digest(hash)
			}
		case "etag":
			n.etag = rest
		}
	}
	// What follows a line that is too long is no journal's; the chunks named before it still count.
	return n, true, nil
}

// endLine sees to it that the next line does not continue a broken one.
func (j *journal) endLine() error {
	end, err := j.file.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return err
	}
	last := []byte{0}
	if _, err := j.file.ReadAt(last, end-1); err != nil || bytes.Equal(last, []byte{'\n'}) {
		return err
	}
	_, err = j.file.Write([]byte{'\n'})
	return err
}

func (j *journal) add(line string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err := j.file.WriteString(line + "\n")
	return err
}

func (j *journal) chunk(index int, sum digest) error {
	return j.add(fmt.Sprintf("chunk %d %x", index, sum))
}

func (j *journal) etag(etag string) error { return j.add("etag " + etag) }

// chunks is the number of chunks of a file; the last one may be short.
func chunks(size int64) int { return int((size + ChunkSize - 1) / ChunkSize) }
