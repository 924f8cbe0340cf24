package download

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
)

// hashes are those of a whole file, in hexadecimal.
type hashes struct {
	sha256 string
	blob   string // git's SHA-1, if it was asked for
}

// of is the hash that the hub names a file by.
func (got hashes) of(f File) string {
	if f.SHA256 != "" {
		return got.sha256
	}
	return got.blob
}

// check compares with what the hub named.
func (got hashes) check(f File) error {
	if expected := f.SHA256 + f.Blob; got.of(f) != expected {
		return &HashError{f.Name, expected, got.of(f)}
	}
	return nil
}

// digester computes the hashes of a file.
type digester struct{ sha256, blob hash.Hash }

func newDigester(size int64, blob bool) digester {
	d := digester{sha256: sha256.New()}
	if blob {
		d.blob = sha1.New()
		fmt.Fprintf(d.blob, "blob %d\x00", size) // a hash never fails
	}
	return d
}

func (d digester) write(p []byte) {
	d.sha256.Write(p)
	if d.blob != nil {
		d.blob.Write(p)
	}
}

func (d digester) sum() hashes {
	got := hashes{sha256: hex.EncodeToString(d.sha256.Sum(nil))}
	if d.blob != nil {
		got.blob = hex.EncodeToString(d.blob.Sum(nil))
	}
	return got
}

// maxBlob is the size up to which Hash computes git's hash too: larger files have SHA-256 on a hub.
const maxBlob = 64 << 20

// Hash copies a stream of size bytes and tells its hashes, and how many bytes really came. read is told them as they pass.
func Hash(ctx context.Context, name string, size int64, from io.Reader, to io.Writer, read func(n int)) (Installed, error) {
	sum := Installed{Name: name}
	all := newDigester(size, size <= maxBlob)
	buffer := make([]byte, ChunkSize)
	for {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		n, err := from.Read(buffer)
		all.write(buffer[:n])
		if _, err := to.Write(buffer[:n]); err != nil {
			return sum, err
		}
		sum.Size += int64(n)
		read(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			return sum, err
		}
	}
	got := all.sum()
	sum.SHA256, sum.Blob = got.sha256, got.blob
	return sum, nil
}
