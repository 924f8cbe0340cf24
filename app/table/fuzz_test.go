package table

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"zachin/app/table/charset"
)

// fuzzRows has a reader read whatever bytes: it may refuse them, but neither crash nor pass on text that is no UTF-8, a row whose values are
// not as many as its columns, or lines that run backwards.
func fuzzRows(f *testing.F, name string, opt Options, seeds ...[]byte) {
	if encode := encoders[name]; encode != nil {
		r := rand.New(rand.NewPCG(3, uint64(len(name))))
		for range 4 {
			f.Add(encode(f, generate(r, func(string) bool { return false })))
		}
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Open(write(t, name, data), opt)
		if err != nil {
			return
		}
		defer s.Close()
		source, line := "", 0
		for row, err := range s.Rows(t.Context()) {
			if err != nil {
				continue
			}
			if len(row.Columns) != len(row.Values) {
				t.Fatalf("line %d: %d columns, %d values", row.Line, len(row.Columns), len(row.Values))
			}
			for _, v := range row.Values {
				if !charset.UTF8.Sound(v) {
					t.Fatalf("line %d: %q is no UTF-8", row.Line, v)
				}
			}
			if row.Source == source && row.Line < line {
				t.Fatalf("line %d follows line %d", row.Line, line)
			}
			source, line = row.Source, row.Line
		}
	})
}

func FuzzCSV(f *testing.F) {
	fuzzRows(f, "a.csv", Options{}, []byte("\uFEFFa;b\r\"1\n\"\"\";2\r\nx\x00;\xff\n\"open"), []byte("\xcf\xf0\xee\xe2\xe5\xf0\xea\xe0,b\n1,2\n"))
}

func FuzzTSV(f *testing.F) { fuzzRows(f, "a.tsv", Options{}) }

func FuzzJSONL(f *testing.F) {
	fuzzRows(f, "a.jsonl", Options{}, []byte("{\"a\":[1,{\"b\":\"\\ud800\"}]}\n\"x\"\nnull\n{\"a\":1,\"a\":2}\n{\"a\":1e999}"))
}

func FuzzJSON(f *testing.F) {
	fuzzRows(f, "a.json", Options{}, []byte("[{\"a\":1},\n2,{\"a\":{\"b\":[]}}"), []byte("{\"a\":1}{\"a\":\n2}"))
}

func FuzzText(f *testing.F) {
	fuzzRows(f, "a.txt", Options{Unit: Paragraphs}, []byte("один\r\n\n\nдва\n \nтри"), []byte("\xff\xfe0\x041\x04"))
}

func FuzzXLSX(f *testing.F) { fuzzRows(f, "a.xlsx", Options{}) }

func FuzzParquet(f *testing.F) { fuzzRows(f, "a.parquet", Options{}) }

func FuzzZIP(f *testing.F) {
	rows := [][]string{{"a", "b"}, {"1", "два"}}
	fuzzRows(f, "a.zip", Options{}, zipped(f, map[string][]byte{"a.csv": encoders["a.csv"](f, rows), "in/b.jsonl": encoders["a.jsonl"](f, rows), "c.txt": bytes.Repeat([]byte("да "), 500)}))
}
