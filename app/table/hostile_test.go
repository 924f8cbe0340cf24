package table

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"zachin/app/table/charset"
)

// zipped is an archive of such files.
func zipped(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, data := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unzipped is an archive's files.
func unzipped(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range r.File {
		if files[f.Name], err = fs.ReadFile(r, f.Name); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestFolderOfAll: a folder of all formats and of archives gives the rows of each, in the order of the names, and tells what it leaves out.
func TestFolderOfAll(t *testing.T) {
	folder := t.TempDir()
	put := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	for i, name := range slices.Sorted(maps.Keys(encoders)) {
		value := fmt.Sprintf("значение %d", i)
		put(name, encoders[name](t, [][]string{{"a"}, {value}}))
		want = append(want, value)
	}
	put("b.md", []byte("# Заметка"))
	put("c.txt", []byte("строка"))
	put("d.zip", zipped(t, map[string][]byte{"x.csv": []byte("a\nиз архива\n"), "x.jpg": {1}, "y.zip": zipped(t, nil)}))
	put("e.jpg", []byte{1})
	put("f.csv", []byte("a\nпоследнее\n"))
	want = append(want, "# Заметка", "строка", "из архива", "последнее")
	s, err := Open(folder, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var got []string
	for row, err := range s.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Values[0])
	}
	if !slices.Equal(got, want) || len(s.Skipped()) != 3 {
		t.Errorf("%q, skipped %q; want %q", got, s.Skipped(), want)
	}
	put("g.zip", zipped(t, map[string][]byte{"a.csv": make([]byte, 64<<20)}))
	if err := readAll(t.Context(), folder, Options{}); !errors.Is(err, ErrBomb) || !strings.Contains(fmt.Sprint(err), "g.zip") {
		t.Errorf("a bomb in a folder: %v", err)
	}
}

func TestArchiveAndFolder(t *testing.T) {
	book := encoders["a.xlsx"](t, [][]string{{"a"}, {"из книги"}})
	cp1251, err := charset.Encode("a\nПроверка кодировки\n", charset.Windows1251)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"in/b.xlsx": book, "a.csv": cp1251, "c.jpg": {1}, "z.zip": zipped(t, nil)}
	folder := t.TempDir()
	for name, data := range files {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	// Archives in archives are left out, archives in folders are opened.
	for path, skipped := range map[string]int{write(t, "a.zip", zipped(t, files)): 2, folder: 1} {
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Skipped()) != skipped || s.Files()[0].Encoding != charset.Windows1251 || s.Files()[1].Format != XLSX {
			t.Errorf("%s: %+v, skipped %q", path, s.Files(), s.Skipped())
		}
		var values []string
		for row, err := range s.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, row.Values[0])
		}
		if !slices.Equal(values, []string{"Проверка кодировки", "из книги"}) {
			t.Errorf("%s: %q", path, values)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// allocated is how much memory f takes in all, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestBombs: archives that unpack to a thousand times their size, false names and damaged files are refused before memory
// is taken for them.
func TestBombs(t *testing.T) {
	zeros := make([]byte, 256<<20)
	sheet := map[string][]byte{"xl/workbook.xml": []byte("<workbook/>"), "xl/worksheets/sheet1.xml": zeros}
	footer := []byte("PAR1\x00\x00\x00\x00\xff\xff\xff\xffPAR1")
	many := map[string][]byte{}
	for i := range 10_001 {
		many[fmt.Sprintf("%d.txt", i)] = nil
	}
	for _, c := range []struct {
		name string
		data []byte
		kind error
	}{
		{"bomb.zip", zipped(t, map[string][]byte{"a.csv": zeros}), ErrBomb},
		{"bomb.xlsx", zipped(t, sheet), ErrBomb},
		{"out.zip", zipped(t, map[string][]byte{"../a.csv": nil}), ErrBomb},
		{"twice.zip", zipped(t, map[string][]byte{"a.csv": nil, "A.csv": nil}), ErrBomb},
		{"many.zip", zipped(t, many), ErrBomb},
		{"footer.parquet", footer, ErrFormat},
		{"short.parquet", []byte("PAR1"), ErrFormat},
		{"cut.zip", zipped(t, map[string][]byte{"a.csv": zeros[:1000]})[:60], ErrFormat},
		{"no.xlsx", zipped(t, map[string][]byte{"xl/workbook.xml": []byte("<work")}), ErrFormat},
		{"nothing.zip", zipped(t, map[string][]byte{"a.jpg": nil}), ErrNoTables},
		{"odd.json", []byte("17"), ErrFormat},
		{"header.csv", []byte("a\xff,b\nжжжжжжжжжжжжжжжжжжжжжжжжжж,2\n"), ErrFormat},
	} {
		path := write(t, c.name, c.data)
		var err error
		taken := allocated(func() { err = readAll(t.Context(), path, Options{}) })
		if !errors.Is(err, c.kind) || !strings.Contains(fmt.Sprint(err), c.name) {
			t.Errorf("%s: %v, want %v", c.name, err, c.kind)
		}
		if taken > 32<<20 {
			t.Errorf("%s takes %d bytes", c.name, taken)
		}
	}
}

// readAll reads to the first error that is about more than a row.
func readAll(ctx context.Context, path string, opt Options) error {
	s, err := Open(path, opt)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, err := range s.Rows(ctx) {
		var bad *RowError
		if err != nil && !errors.As(err, &bad) {
			return err
		}
	}
	return nil
}

// TestDamaged: no change of a byte and no cut makes a reader crash or take much memory.
func TestDamaged(t *testing.T) {
	for name, encode := range encoders {
		r := rand.New(rand.NewPCG(5, uint64(len(name))))
		data := encode(t, generate(r, func(piece string) bool { return false }))
		for i := range 200 {
			bad := bytes.Clone(data)
			if i%3 == 0 {
				bad = bad[:r.IntN(len(bad))]
			} else {
				for range 1 + r.IntN(4) {
					bad[r.IntN(len(bad))] ^= byte(1 << r.IntN(8))
				}
			}
			path := write(t, name, bad)
			if taken := allocated(func() { _ = readAll(t.Context(), path, Options{}) }); taken > 512<<20 {
				t.Errorf("%s, mutation %d: takes %d MB", name, i, taken>>20)
			}
		}
	}
}
