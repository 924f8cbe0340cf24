package table

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"zachin/app/table/charset"
)

// write puts a file into a new folder.
func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// read returns all rows of a source and the bad ones; any other error is fatal.
func read(t testing.TB, path string, opt Options) (rows []Row, bad []*RowError) {
	t.Helper()
	s, err := Open(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for row, err := range s.Rows(t.Context()) {
		var b *RowError
		switch {
		case errors.As(err, &b):
			bad = append(bad, b)
		case err != nil:
			t.Fatal(err)
		default:
			rows = append(rows, row)
		}
	}
	return rows, bad
}

var alphabet = []string{
	"а", "ё", "Я", "z", " ", "  ", ",", ";", "\t", "|", `"`, `""`, "'", "\\", "\n", "\r\n", "\r", "=1+1", "0", "😀", "é", "{", "]", "№", "—",
}

// generate makes a set of rows of columns a, b, c. Characters that the format or the encoding cannot hold are kept out.
func generate(r *rand.Rand, without func(string) bool) [][]string {
	rows := [][]string{{"вопрос", "ответ, \"полный\"", "c"}}
	for range 1 + r.IntN(12) {
		row := make([]string, 3)
		for i := range row {
			for range r.IntN(9) {
				if piece := alphabet[r.IntN(len(alphabet))]; !without(piece) {
					row[i] += piece
				}
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// encoders write a set in every format of columns.
var encoders = map[string]func(t testing.TB, rows [][]string) []byte{
	"a.csv": func(t testing.TB, rows [][]string) []byte { return writeCSV(t, rows, ',') },
	"a.tsv": func(t testing.TB, rows [][]string) []byte { return writeCSV(t, rows, '\t') },
	"a.jsonl": func(t testing.TB, rows [][]string) []byte {
		return []byte(strings.Join(objectsOf(t, rows), "\r\n"))
	},
	"a.json": func(t testing.TB, rows [][]string) []byte {
		return []byte(" [\n" + strings.Join(objectsOf(t, rows), ",\n") + "\n]\n")
	},
	"a.xlsx": func(t testing.TB, rows [][]string) []byte {
		f := excelize.NewFile()
		for i, row := range rows {
			if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := f.Write(&out); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	},
	"a.parquet": func(t testing.TB, rows [][]string) []byte {
		group := parquet.Group{}
		for _, name := range rows[0] {
			group[name] = parquet.String()
		}
		var out bytes.Buffer
		w := parquet.NewGenericWriter[map[string]any](&out, parquet.NewSchema("rows", group), parquet.DataPageStatistics(false))
		for _, row := range rows[1:] {
			m := map[string]any{}
			for i, v := range row {
				m[rows[0][i]] = v
			}
			if _, err := w.Write([]map[string]any{m}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	},
}

func writeCSV(t testing.TB, rows [][]string, delimiter rune) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Comma = delimiter
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func objectsOf(t testing.TB, rows [][]string) (lines []string) {
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, v := range row {
			m[rows[0][i]] = v
		}
		line, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	return lines
}

// TestRoundTrips: 200 sets in each format and each encoding that can hold them come back as they were.
func TestRoundTrips(t *testing.T) {
	for name, encode := range encoders {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 1))
			binary := name == "a.xlsx" || name == "a.parquet"
			for range 200 {
				e := charset.All()[1:][r.IntN(len(charset.All())-1)]
				rows := generate(r, func(piece string) bool {
					_, err := charset.Encode(piece, e)
					return err != nil && !binary || name == "a.xlsx" && strings.Contains(piece, "\r")
				})
				if !binary && r.IntN(2) == 0 {
					rows[1][0] += "\x00"
				}
				data := encode(t, rows)
				if !binary {
					var err error
					if data, err = charset.Encode(string(data), e); err != nil {
						t.Fatal(err)
					}
				}
				got, bad := read(t, write(t, name, data), Options{Encoding: e})
				check(t, rows, got, bad)
			}
		})
	}
}

// check compares what was read with a set.
func check(t *testing.T, want [][]string, got []Row, bad []*RowError) {
	t.Helper()
	if len(bad) > 0 || len(got) != len(want)-1 {
		t.Fatalf("%d rows of %d, bad %v", len(got), len(want)-1, bad)
	}
	for i, row := range got {
		for j, column := range want[0] {
			if v, ok := row.Get(column); !ok || v != want[i+1][j] {
				t.Fatalf("row %d: %q is %q, %v; want %q", i+1, column, v, ok, want[i+1][j])
			}
		}
	}
}

// TestBadRows: faults are told with their lines, and the rows around them are read.
func TestBadRows(t *testing.T) {
	for _, c := range []struct {
		name, data string
		good       int
		bad        []int // lines
	}{
		{"ragged.csv", "a,b\n1,2\n3\n4,5,6\n\n7,8", 2, []int{3, 4, 5}},
		{"quote.csv", "a,b\n\"1\" x,2\n\"3\n\",4\n\"5,6\n7,8\n", 1, []int{2, 5}},
		{"ends.csv", "a,b\r1,2\r\n3,4\n5\r6,7", 3, []int{4}},
		{"bom.csv", "\uFEFF\"a\",b\n1,2\n", 1, nil},
		{"bytes.csv", "a,b\nжжжжжжжжжжжжжжжжжжжжжж,2\n\xff,4\n5,6\n", 2, []int{3}},
		{
			"rows.jsonl", "{\"a\":1}\n\n[1]\n{\"a\":1,\"a\":2}\n{\"a\":\"\\ud800\"}\n{\"a\"\n{\"a\":1} x\n{\"a\":\"\\ud83d\\ude00\\\\ud800\"}\n{\"a\":\"жжжжжжжжжжжжжжжжжжжжжж\"}\n{\"a\":\"\xff\"}\n",
			3,
			[]int{3, 4, 5, 6, 7, 10},
		},
		{"rows.json", "[\n{\"a\":1},\n2,\n{\"a\":3},\n{\"a\":", 2, []int{3, 4}},
		{"cut.json", "[{\"a\":1}\n", 1, []int{1}},
		{"stream.json", "{\"a\":1}\n{\"a\":\n2}\n{\"a\":}", 2, []int{4}},
	} {
		rows, bad := read(t, write(t, c.name, []byte(c.data)), Options{})
		var lines []int
		for _, b := range bad {
			lines = append(lines, b.Line)
		}
		if len(rows) != c.good || !slices.Equal(lines, c.bad) {
			t.Errorf("%s: %d rows, want %d; bad %v, want lines %v", c.name, len(rows), c.good, bad, c.bad)
		}
	}
}

func TestValues(t *testing.T) {
	rows, _ := read(t, write(t, "a.jsonl", []byte(`{"n": 1.50, "s": "a\u0000<", "l": [1, {"b": null}], "x": null, "t": true}`)), Options{})
	want := map[string]string{"n": "1.50", "s": "a\x00<", "l": `[1,{"b":null}]`, "t": "true"}
	for name, value := range want {
		if got, ok := rows[0].Get(name); got != value || !ok {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if _, ok := rows[0].Get("x"); ok {
		t.Error("null is a value")
	}
	rows, _ = read(t, write(t, "b.csv", []byte("a;;a\n1;2;3\n")), Options{})
	if !slices.Equal(rows[0].Columns, []string{"a", "#2", "a#3"}) {
		t.Errorf("columns %q", rows[0].Columns)
	}
	rows, _ = read(t, write(t, "c.csv", []byte("1|2\n3|4")), Options{NoHeader: true})
	if len(rows) != 2 || rows[1].Line != 2 || !slices.Equal(rows[0].Columns, []string{"#1", "#2"}) {
		t.Errorf("without a header: %+v", rows)
	}
}

func TestTexts(t *testing.T) {
	const text = "один\r\n\r\n\nдва\nтри\n"
	for _, c := range []struct {
		name string
		unit Unit
		want []string
	}{
		{"a.txt", "", []string{"один", "", "", "два", "три"}},
		{"a.txt", Paragraphs, []string{"один", "два\nтри"}},
		{"a.txt", Whole, []string{text}},
		{"a.md", "", []string{text}},
	} {
		rows, bad := read(t, write(t, c.name, []byte(text)), Options{Unit: c.unit})
		var got []string
		for _, r := range rows {
			got = append(got, r.Values[0])
		}
		if !slices.Equal(got, c.want) || len(bad) > 0 {
			t.Errorf("%s by %q: %q, want %q", c.name, c.unit, got, c.want)
		}
	}
}

// TestParquetNested: lists of groups, such as the turns of a dialogue, come in JSON's spelling.
func TestParquetNested(t *testing.T) {
	type message struct {
		Role    string `parquet:"role"`
		Content string `parquet:"content"`
	}
	type row struct {
		ID       int64     `parquet:"id"`
		Note     *string   `parquet:"note,optional"`
		Messages []message `parquet:"messages,list"`
	}
	var out bytes.Buffer
	if err := parquet.Write(&out, []row{{ID: 5, Messages: []message{{"user", "Привет <"}, {"assistant", "Да"}}}}); err != nil {
		t.Fatal(err)
	}
	rows, bad := read(t, write(t, "a.parquet", out.Bytes()), Options{})
	if len(rows) != 1 || len(bad) > 0 {
		t.Fatalf("%v, %v", rows, bad)
	}
	id, _ := rows[0].Get("id")
	messages, _ := rows[0].Get("messages")
	if _, ok := rows[0].Get("note"); id != "5" || ok {
		t.Errorf("id %q, a note %v", id, ok)
	}
	var got []message
	if err := json.Unmarshal([]byte(messages), &got); err != nil || len(got) != 2 || got[0].Content != "Привет <" {
		t.Errorf("%s: %v", messages, err)
	}
}

func TestProgressAndCancel(t *testing.T) {
	data := []byte("a,b\n" + strings.Repeat("1,2\n", 100_000))
	path := write(t, "a.csv", data)
	ctx, cancel := context.WithCancel(t.Context())
	var last int64
	err := readAll(ctx, path, Options{Progress: func(done, total int64) {
		if done < last || total != int64(len(data)) {
			t.Errorf("%d after %d of %d", done, last, total)
		}
		last = done
		if done > total/2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || last == int64(len(data)) {
		t.Errorf("%v after %d of %d bytes", err, last, len(data))
	}
}

// TestLongRows: 50 MB in one field are read as they are; more than the limit is a bad row, and reading goes on.
func TestLongRows(t *testing.T) {
	long := strings.Repeat("слово и \"ещё\" одно, ", 1<<20)
	rows := [][]string{{"a", "b"}, {long, "x"}, {"y", "z"}}
	for _, name := range []string{"a.csv", "a.tsv", "a.jsonl", "a.json", "a.parquet"} {
		got, bad := read(t, write(t, name, encoders[name](t, rows)), Options{})
		check(t, rows, got, bad)
	}
	c := &csvReader{r: newLineReader(strings.NewReader("a,b\n" + strings.Repeat("x", 50) + ",b\nc,d\n")).r, delimiter: ',', line: 1, max: 20}
	var faults []int
	good := 0
	for {
		_, line, err := c.next()
		var bad badRow
		if errors.As(err, &bad) {
			faults = append(faults, line)
		} else if err != nil {
			break
		} else {
			good++
		}
	}
	if good != 2 || !slices.Equal(faults, []int{2}) {
		t.Errorf("%d good rows, faults on lines %v", good, faults)
	}
}

// TestFullCells: a workbook's cell of 32,767 characters is read, in UTF-16 as spreadsheets count; a longer one, which only other programs
// write, is a bad row, and those around it are read.
func TestFullCells(t *testing.T) {
	full := strings.Repeat("ё", 32_765) + "😀"
	var numbers []string // what repeated itself would be refused as a bomb
	for i := range 1_000_000 {
		numbers = append(numbers, strconv.Itoa(i))
	}
	sheet := `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	for i, text := range []string{"a", full, full + "!", strings.Join(numbers, " "), "конец"} {
		sheet += fmt.Sprintf(`<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c></row>`, i+1, i+1, text)
	}
	book := unzipped(t, encoders["a.xlsx"](t, [][]string{{"a"}}))
	book["xl/worksheets/sheet1.xml"] = []byte(sheet + "</sheetData></worksheet>")
	rows, bad := read(t, write(t, "a.xlsx", zipped(t, book)), Options{})
	if len(rows) != 2 || rows[0].Values[0] != full || rows[1].Values[0] != "конец" {
		t.Errorf("%d rows are read", len(rows))
	}
	if len(bad) != 2 || bad[0].Line != 3 || bad[1].Line != 4 || bad[0].Reason != overfullReason {
		t.Errorf("bad are %v", bad)
	}
}

// What Excel, LibreOffice and Google Sheets put on the clipboard.
func TestCells(t *testing.T) {
	for text, want := range map[string][][]string{
		"":                         {{""}},
		"а\tб\r\nв\tг\r\n":         {{"а", "б"}, {"в", "г"}},
		"а\tб\nв":                  {{"а", "б"}, {"в"}},
		"\"две\nстроки\"\tб\nв\tг": {{"две\nстроки", "б"}, {"в", "г"}},
		"\"он \"\"там\"\"\"\tб":    {{`он "там"`, "б"}},
		"\"Солярис\" — роман\tЛем\nв": {{`"Солярис" — роман`, "Лем"}, {"в"}},
		"а\t\"б\nв\tг\n":              {{"а", `"б`}, {"в", "г"}},
		"а\n\nб":                      {{"а"}, {""}, {"б"}},
	} {
		if got := slices.Collect(Cells(text)); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for range Cells("а\nб") {
		break
	}
}
