package charset

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// paragraphs are pieces of Russian prose of about n bytes.
func paragraphs(t *testing.T, n int) []string {
	t.Helper()
	data, err := os.ReadFile("../../../engine/testdata/valid.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	words := strings.Fields(string(data))
	for piece := ""; len(words) > 0; words = words[1:] {
		if piece += words[0] + " "; len(piece) >= n {
			out, piece = append(out, piece), ""
		}
	}
	return out
}

// TestDetect: at least 99 of 100 pieces of 60 letters, and every piece of 300, in every encoding.
func TestDetect(t *testing.T) {
	for _, length := range []int{120, 600} {
		for _, e := range All()[1:] {
			right, all := 0, 0
			for _, text := range paragraphs(t, length) {
				data, err := Encode(text, e)
				if err != nil {
					continue // a character of the prose that this encoding lacks
				}
				all++
				if got, used, err := Decode(data, Auto); err == nil && got == text && used == e {
					right++
				}
			}
			t.Logf("%s, %d bytes: %d of %d", e, length, right, all)
			if all < 100 || right*100 < all*99 || length > 500 && right < all {
				t.Errorf("%s, %d bytes: %d of %d are right", e, length, right, all)
			}
		}
	}
}

func TestDetectSpecialCases(t *testing.T) {
	utf16NoMark := func(text string, e Encoding) string {
		data, err := e.codec().NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, c := range []struct {
		data string
		want Encoding
	}{
		{"", UTF8},
		{"plain ASCII, with\x00NUL", UTF8},
		{"имя;\"кто\"\n", UTF8},
		{byteOrderMark + "a", UTF8BOM},
		{utf16NoMark("Мама мыла раму.", UTF16LE), UTF16LE},
		{utf16NoMark("id,name\r\n1,x", UTF16BE), UTF16BE},
		{strings.Repeat("Мама мыла раму. ", 5) + "\xff", UTF8}, // one bad byte is a bad row, not another encoding
		{"Мама мыла раму\xd0", UTF8},                           // cut inside a character
		{"\xcf\xf0\xe8\xe2\xe5\xf2", Windows1251},              // "Привет"
		{"\xcd\xc5 \xd2\xc0\xca", Windows1251},                 // "НЕ ТАК", capitals
	} {
		if got := Detect([]byte(c.data)); got != c.want {
			t.Errorf("%q: %s, want %s", c.data, got, c.want)
		}
	}
}

// TestDetectReader: what tells the encoding may stand far behind the beginning.
func TestDetectReader(t *testing.T) {
	far := strings.Repeat("a,b,c\n", 1<<18)
	for _, e := range []Encoding{UTF8, Windows1251, KOI8R, CP866} {
		data, err := Encode(far+"Однажды вечером, когда я возвращался домой", e)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DetectReader(strings.NewReader(string(data))); got != e || err != nil {
			t.Errorf("%s: found %s, %v", e, got, err)
		}
	}
	// Blocks end inside characters.
	for shift := range 4 {
		text := strings.Repeat("a", shift) + strings.Repeat("ж€😀", 20_000)
		if got, err := DetectReader(strings.NewReader(text)); got != UTF8 || err != nil {
			t.Errorf("shift %d: %s, %v", shift, got, err)
		}
	}
}

// TestUndecodable: bytes without a meaning are told, in every encoding, never replaced in silence.
func TestUndecodable(t *testing.T) {
	for e, data := range map[Encoding]string{
		UTF8: "a\xffb", UTF8BOM: byteOrderMark + "\xd0", Windows1251: "a\x98b",
		UTF16LE: "\x00\xd8a\x00", UTF16BE: "\xd8\x00\x00a",
	} {
		if text, used, err := Decode([]byte(data), e); err == nil || used != e {
			t.Errorf("%s: %q, %s, %v", e, text, used, err)
		}
	}
	if _, err := Encode("€😀", KOI8R); err == nil {
		t.Error("KOI8-R spells an emoji")
	}
}

func TestParse(t *testing.T) {
	for name, want := range map[string]Encoding{"": Auto, "UTF-8": UTF8, "cp1251": Windows1251, "koi8-r": KOI8R} {
		if got, err := Parse(name); got != want || err != nil {
			t.Errorf("%q: %s, %v", name, got, err)
		}
	}
	if _, err := Parse("latin1"); err == nil {
		t.Error("latin1 is known")
	}
}

// TestRoundTrip: reading in pieces of any size gives the text again.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		for _, e := range All()[1:] {
			var b strings.Builder
			for range 1 + r.IntN(40) {
				b.WriteString([]string{"ж", "Я", "\r\n", "\"", "a", " ", "\x00", "ё"}[r.IntN(8)])
			}
			data, err := Encode(b.String(), e)
			if err != nil {
				t.Fatal(err)
			}
			if got, _, err := Decode(data, e); got != b.String() || err != nil {
				t.Fatalf("%s: %q became %q, %v", e, b.String(), got, err)
			}
		}
	}
}
