package charset

import (
	"bytes"
	"errors"
	"io"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Detect finds the encoding of a text from its beginning. ASCII is UTF-8.
//
// Byte order marks decide; then UTF-16 by its regular zero and Cyrillic high bytes, then UTF-8 by its rules, and at last the
// single-byte encodings by how much the letters look like Russian words. Ports of chardet are right on 88 to 98 of 100 short
// Russian texts; their tables serve thirty languages, of which we need one.
func Detect(sample []byte) Encoding {
	switch {
	case bytes.HasPrefix(sample, []byte(byteOrderMark)):
		return UTF8BOM
	case bytes.HasPrefix(sample, []byte{0xFF, 0xFE}):
		return UTF16LE
	case bytes.HasPrefix(sample, []byte{0xFE, 0xFF}):
		return UTF16BE
	}
	if e := wide(sample); e != "" {
		return e
	}
	if likeUTF8(sample) {
		return UTF8
	}
	best, most := UTF8, 0
	for _, c := range []struct {
		name  Encoding
		table *charmap.Charmap
	}{{Windows1251, charmap.Windows1251}, {KOI8R, charmap.KOI8R}, {CP866, charmap.CodePage866}} {
		if score := russian(sample, c.table); best == UTF8 || score > most {
			best, most = c.name, score
		}
	}
	return best
}

// wide recognises UTF-16 without a mark: most high bytes are 0 (Latin) or 4 (Cyrillic), which texts of bytes hardly hold.
func wide(sample []byte) Encoding {
	var high [2]int
	for i, b := range sample {
		if b == 0 || b == 4 {
			high[i%2]++
		}
	}
	pairs := len(sample) / 2
	switch {
	case pairs == 0:
		return ""
	case high[1] > pairs*6/10 && high[0] < pairs/4:
		return UTF16LE
	case high[0] > pairs*6/10 && high[1] < pairs/4:
		return UTF16BE
	}
	return ""
}

// likeUTF8 also accepts a text with few faults: one bad byte does not turn a file of good characters into another encoding.
func likeUTF8(sample []byte) bool {
	good, bad := 0, 0
	for len(sample) > 0 {
		r, n := utf8.DecodeRune(sample)
		switch {
		case r == utf8.RuneError && n == 1 && !utf8.FullRune(sample):
			return bad*20 <= good // the sample ends inside a character
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		sample = sample[n:]
	}
	return bad*20 <= good
}

// frequent are the Russian letters by how often they occur, rounded, in a hundred letters (National Corpus of the Russian
// language: о 11, е 8.5, а 8, и 7.4, н 6.7 …).
var frequent = map[rune]int{
	'о': 11, 'е': 8, 'а': 8, 'и': 7, 'н': 7, 'т': 6, 'с': 5, 'р': 5, 'в': 4, 'л': 4, 'к': 3, 'м': 3, 'д': 3, 'п': 3,
	'у': 3, 'я': 2, 'ы': 2, 'ь': 2, 'г': 2, 'з': 2, 'б': 2, 'ч': 1, 'й': 1, 'х': 1, 'ж': 1, 'ш': 1, 'ю': 1,
}

// russian scores the text that a single-byte table makes of the sample. KOI8-R and cp1251 hold the same letters in each
// other's places with the cases exchanged, so that capitals inside words tell them apart; cp866 shows frames and symbols.
func russian(sample []byte, table *charmap.Charmap) int {
	score := 0
	before := rune(' ')
	for _, b := range sample {
		r := table.DecodeByte(b)
		switch {
		case b < utf8.RuneSelf:
		case unicode.Is(unicode.Cyrillic, r):
			score += frequent[unicode.ToLower(r)]
			if unicode.IsUpper(r) && unicode.IsLower(before) {
				score -= 20
			} else if unicode.IsUpper(r) {
				score -= 2 // a text in capitals is possible, but another encoding is likelier
			}
			if frequent[unicode.ToLower(r)] == 0 {
				score -= 6 // Serbian and Ukrainian letters of cp1251, rare ones of Russian
			}
		case r == utf8.RuneError || unicode.IsControl(r):
			score -= 20
		case r >= 0x2500 && r < 0x2600:
			score -= 12
		case !bytes.ContainsRune([]byte("«»—–…№„“”’ "), r):
			score -= 6
		}
		before = r
	}
	return score
}

const (
	sampleBlock = 64 << 10
	enoughHigh  = 4 << 10 // bytes above ASCII
)

// DetectReader is Detect for a stream of any length: it reads until it has seen enough characters above ASCII to judge by,
// in blocks of which only the first and those with such characters are kept.
func DetectReader(r io.Reader) (Encoding, error) {
	var sample []byte
	high := 0
	block := make([]byte, sampleBlock) // an even length, for UTF-16
	for {
		n, err := io.ReadFull(r, block)
		found := 0
		for _, b := range block[:n] {
			if b >= utf8.RuneSelf {
				found++
			}
		}
		if len(sample) == 0 || found > 0 {
			sample = append(sample, trim(block[:n], len(sample) > 0)...)
			high += found
		}
		if wide(sample) != "" || high >= enoughHigh || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return Detect(sample), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// trim drops what a block that follows a gap may begin and end with: parts of a character.
func trim(block []byte, gap bool) []byte {
	for gap && len(block) > 0 && !utf8.RuneStart(block[0]) {
		block = block[1:]
	}
	for cut := 1; cut < utf8.UTFMax && cut <= len(block); cut++ {
		if tail := block[len(block)-cut:]; utf8.RuneStart(tail[0]) {
			if tail[0] >= utf8.RuneSelf && !utf8.FullRune(tail) {
				return block[:len(block)-cut]
			}
			break
		}
	}
	return block
}
