package checkpoint_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// sparse writes to a file and leaves holes for zeros, so that a large file takes little room on the disk.
type sparse struct {
	file *os.File
	zero []byte
	n    int64
}

func (s *sparse) Write(p []byte) (int, error) {
	at := s.n
	s.n += int64(len(p))
	if bytes.Equal(p, s.zero[:min(len(p), len(s.zero))]) {
		return len(p), nil
	}
	return s.file.WriteAt(p, at)
}

// A storage of more than 4 GiB and another one behind it: sizes and offsets that only ZIP64 fields hold.
func TestBeyond4GiB(t *testing.T) {
	const chunk, chunks = 1 << 24, 1<<8 + 1
	big := weight{name: "big", class: "HalfStorage", key: "0", numel: chunk / 2 * chunks}
	big.shape, big.stride = []int64{big.numel}, []int64{1}
	small := weight{name: "small", class: "HalfStorage", key: "1", numel: 2, shape: []int64{2}, stride: []int64{1}}
	pickle := (&program{}).op("\x80\x02}(").weight(big).weight(small).op("u.")

	path := filepath.Join(t.TempDir(), "large.pt")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := &sparse{file: file, zero: make([]byte, chunk)}
	z := zip.NewWriter(out)
	for _, r := range []struct {
		name   string
		data   []byte
		repeat int
	}{
		{"x/data.pkl", *pickle, 1},
		{"x/data/0", out.zero, chunks},
		{"x/data/1", []byte{0, 0x3C, 0, 0xC0}, 1}, // 1, -2
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: r.name})
		if err != nil {
			t.Fatal(err)
		}
		for range r.repeat {
			if _, err := w.Write(r.data); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}

	f := open(t, path)
	values := make([]float32, 2)
	tail, _ := f.Lookup("small")
	if tail.Floats(values, 0); values[0] != 1 || values[1] != -2 {
		t.Errorf("small is %v, want [1 -2]", values)
	}
	whole, _ := f.Lookup("big")
	if n := whole.NumElements(); n != int(big.numel) {
		t.Errorf("big has %d elements, want %d", n, big.numel)
	}
	if whole.Floats(values, int(big.numel)-2); values[0] != 0 || values[1] != 0 {
		t.Errorf("big ends with %v, want zeros", values)
	}
}
