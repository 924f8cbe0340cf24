package download

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"zachin/app/safefile"
)

// WorkFolder is where unfinished files and the hashes of chunks are, inside a model's folder.
const WorkFolder = ".download"

func finalPath(dir, name string) string   { return filepath.Join(dir, name) }
func partPath(dir, name string) string    { return filepath.Join(dir, WorkFolder, name+".part") }
func journalPath(dir, name string) string { return filepath.Join(dir, WorkFolder, name+".chunks") }

// partFile is what a part needs of its file.
type partFile interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

func openPartFile(path string) (partFile, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
}

// part is a file that is not whole yet. Any goroutine may use it.
type part struct {
	of      File
	file    partFile
	journal *journal

	mu      sync.Mutex
	changed *sync.Cond // a chunk arrived, or waiting is over
	noted   noted
	have    []bool // chunks whose bytes are on the disk and have the hash noted
	claimed []bool // chunks that a connection has taken upon itself
}

func openPart(dir string, f File, open func(string) (partFile, error)) (*part, error) {
	if err := os.MkdirAll(filepath.Join(dir, WorkFolder), 0o755); err != nil {
		return nil, err
	}
	j, n, err := openJournal(journalPath(dir, f.Name), f)
	if err != nil {
		return nil, err
	}
	file, err := open(partPath(dir, f.Name))
	if err == nil {
		err = file.Truncate(f.Size) // what is longer was not ours; what is shorter gets a hole, which has no hash
	}
	if err != nil {
		_ = j.file.Close()
		return nil, err
	}
	p := &part{of: f, file: file, journal: j, noted: n, have: make([]bool, chunks(f.Size))}
	p.changed = sync.NewCond(&p.mu)
	p.claimed = make([]bool, len(p.have))
	return p, nil
}

func (p *part) close() error { return errors.Join(p.file.Close(), p.journal.file.Close()) }

// length is the number of bytes of a chunk.
func (p *part) length(index int) int {
	return int(min(ChunkSize, p.of.Size-int64(index)*ChunkSize))
}

// check finds the chunks that really are there, and tells how many bytes that makes, chunk by chunk.
func (p *part) check(ctx context.Context, found func(n int64)) error {
	buffer := make([]byte, ChunkSize)
	for i := range p.have {
		want, ok := p.noted.chunks[i]
		if !ok {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		data := buffer[:p.length(i)]
		if _, err := p.file.ReadAt(data, int64(i)*ChunkSize); err != nil {
			return err
		}
		if sha256.Sum256(data) == want {
			p.have[i] = true
			found(int64(len(data)))
		}
	}
	return nil
}

// claim takes the first chunks that nobody has fetched or fetches, at most so many; [from, to) is empty when none are left.
func (p *part) claim(most int) (from, to int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := func(i int) bool { return p.have[i] || p.claimed[i] }
	for from < len(p.have) && taken(from) {
		from++
	}
	for to = from; to < len(p.have) && to-from < most && !taken(to); to++ {
		p.claimed[to] = true
	}
	return from, to
}

// has tells whether a chunk is there.
func (p *part) has(index int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.have[index]
}

// put writes a chunk, and notes it after that.
func (p *part) put(index int, data []byte) error {
	if _, err := p.file.WriteAt(data, int64(index)*ChunkSize); err != nil {
		return err
	}
	if err := p.journal.chunk(index, sha256.Sum256(data)); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.have[index] = true
	p.changed.Broadcast()
	return nil
}

// etag is the ETag of the file that was begun; "" while there is none.
func (p *part) etag() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.noted.etag
}

// sameETag compares a server's ETag with the one of the file that was begun, and keeps the first one.
func (p *part) sameETag(etag string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if etag == "" || etag == p.noted.etag {
		return true, nil
	}
	if p.noted.etag != "" {
		return false, nil
	}
	p.noted.etag = etag
	return true, p.journal.etag(etag)
}

// release gives up claims, for connections that begin anew.
func (p *part) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.claimed)
}

// reset forgets everything that has come, and tells how many bytes that were.
func (p *part) reset() (lost int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, have := range p.have {
		if have {
			lost += int64(p.length(i))
		}
	}
	clear(p.have)
	clear(p.claimed)
	p.noted = noted{chunks: map[int]digest{}}
	return lost, p.journal.begin(p.of)
}

// hash reads the chunks in their order as they arrive, and ends with the last one. What has just been written is still in the
// system's memory, so that this costs no reading from the disk.
func (p *part) hash(ctx context.Context) (hashes, error) {
	stop := context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.changed.Broadcast()
	})
	defer stop()
	all := newDigester(p.of.Size, p.of.SHA256 == "")
	buffer := make([]byte, ChunkSize)
	for i := range p.have {
		p.mu.Lock()
		for !p.have[i] && ctx.Err() == nil {
			p.changed.Wait()
		}
		p.mu.Unlock()
		if err := ctx.Err(); err != nil {
			return hashes{}, err
		}
		data := buffer[:p.length(i)]
		if _, err := p.file.ReadAt(data, int64(i)*ChunkSize); err != nil {
			return hashes{}, err
		}
		all.write(data)
	}
	return all.sum(), nil
}

// install puts the whole file in its place: at every moment, a power cut included, the place holds nothing or all of it.
func (p *part) install(dir string) error {
	if err := p.file.Sync(); err != nil {
		return err
	}
	if err := p.close(); err != nil {
		return err
	}
	if err := os.Rename(partPath(dir, p.of.Name), finalPath(dir, p.of.Name)); err != nil {
		return err
	}
	return safefile.SyncFolder(dir)
}
