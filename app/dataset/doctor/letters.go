package doctor

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"zachin/engine/tokenizer"
)

// letterMends are the checks of a text alone: each returns the text mended, which differs where there is something to find.
func letterMends() map[Check]func(string) string {
	return map[Check]func(string) string{
		Mojibake: mendMojibake, LatinLookalike: mendLookalikes, NotNFC: norm.NFC.String, Control: dropControl, ZeroWidth: dropZeroWidth,
	}
}

// dropControl drops control characters, but not tabs and line ends.
func dropControl(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		lineEnd := r == '\n' || r == '\r' && strings.HasPrefix(text[i+1:], "\n")
		if !unicode.IsControl(r) || r == '\t' || lineEnd {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// dropZeroWidth drops characters that nobody sees. The joiner between emoji is seen: it makes one of two.
func dropZeroWidth(text string) string {
	const joiner = '\u200d'
	if !strings.ContainsAny(text, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f") {
		return text
	}
	var b strings.Builder
	before := rune(0)
	for i, r := range text {
		after, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		switch {
		case r == joiner && isEmoji(before) && isEmoji(after):
		case strings.ContainsRune("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f", r):
			continue
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

func isEmoji(r rune) bool {
	return r >= 0x1F000 || r == 0xFE0F || r >= 0x2190 && r < 0x2C00
}

// lookalikes are Latin letters that look like Cyrillic ones.
const (
	latin    = "aeopcxykABEKMHOPCTXY"
	cyrillic = "аеорсхукАВЕКМНОРСТХУ"
)

// mendLookalikes turns Latin letters inside Cyrillic words into those that they look like, where all Latin letters of the word
// have such twins.
func mendLookalikes(text string) string {
	return eachWord(text, func(word string) string {
		latins, cyrillics := 0, 0
		for _, r := range word {
			switch {
			case unicode.Is(unicode.Cyrillic, r):
				cyrillics++
			case strings.ContainsRune(latin, r):
				latins++
			default:
				return word
			}
		}
		if latins == 0 || cyrillics == 0 {
			return word
		}
		return strings.Map(func(r rune) rune {
			if at := strings.IndexRune(latin, r); at >= 0 {
				return []rune(cyrillic)[at]
			}
			return r
		}, word)
	})
}

// eachWord replaces the runs of letters in a text.
func eachWord(text string, mend func(word string) string) string {
	var b strings.Builder
	start := -1
	for i, r := range text {
		letter := unicode.IsLetter(r)
		if letter && start < 0 {
			start = i
		}
		if !letter {
			if start >= 0 {
				b.WriteString(mend(text[start:i]))
				start = -1
			}
			b.WriteRune(r)
		}
	}
	if start >= 0 {
		b.WriteString(mend(text[start:]))
	}
	return b.String()
}

// mendMojibake undoes the two commonest mistakes: UTF-8 read as cp1251 or Latin-1, and cp1251 read as Latin-1. What was
// lost for good (U+FFFD) it takes out, so that the row is found.
func mendMojibake(text string) string {
	ascii := func(r rune) bool { return r < utf8.RuneSelf }
	if strings.IndexFunc(text, func(r rune) bool { return !ascii(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		end := strings.IndexFunc(rest, func(r rune) bool { return !ascii(r) })
		if end < 0 {
			end = len(rest)
		}
		b.WriteString(rest[:end])
		rest = rest[end:]
		if end = strings.IndexFunc(rest, ascii); end < 0 {
			end = len(rest)
		}
		b.WriteString(mendRun(rest[:end]))
		rest = rest[end:]
	}
	return strings.ReplaceAll(b.String(), "\uFFFD", "")
}

// mendRun mends a run of characters above ASCII.
func mendRun(run string) string {
	for _, table := range []*charmap.Charmap{charmap.Windows1251, charmap.ISO8859_1, charmap.Windows1252} {
		raw, err := table.NewEncoder().String(run)
		if err == nil && utf8.ValidString(raw) && strings.ContainsFunc(raw, isCyrillicLetter) {
			return raw
		}
	}
	// Four letters with accents in a row are no word of any language, and cp1251's Cyrillic lies just there.
	if utf8.RuneCountInString(run) < 4 || strings.ContainsFunc(run, func(r rune) bool { return r < 0xC0 || r > 0xFF }) {
		return run
	}
	raw, err := charmap.ISO8859_1.NewEncoder().String(run)
	if err != nil {
		return run
	}
	if text, err := charmap.Windows1251.NewDecoder().String(raw); err == nil {
		return text
	}
	return run
}

func isCyrillicLetter(r rune) bool { return r >= 'А' && r <= 'я' || r == 'ё' || r == 'Ё' }

// hasSpecial finds special tokens of the vocabulary in a text that should be plain.
func hasSpecial(t *tokenizer.Tokenizer, text string) bool {
	for _, s := range t.Specials() {
		if strings.Contains(text, s.Name) {
			return true
		}
	}
	return false
}

// likeSpecial is how the models that people know spell their special tokens.
var likeSpecial = regexp.MustCompile(
	`<\|[A-Za-z_]{2,30}\|>|</?s>|<(?:pad|unk|mask|bos|eos|sep|cls)>|\[(?:PAD|UNK|MASK|BOS|EOS|SEP|CLS|INST)\]|<extra_id_\d{1,3}>`,
)

// hasUnknownSpecial finds what looks like a special token and is ordinary text in this vocabulary.
func hasUnknownSpecial(t *tokenizer.Tokenizer, text string) bool {
	return dropUnknownSpecial(t, text) != text
}

func dropUnknownSpecial(t *tokenizer.Tokenizer, text string) string {
	if !strings.ContainsAny(text, "<[") {
		return text
	}
	return likeSpecial.ReplaceAllStringFunc(text, func(name string) string {
		if _, ok := t.Special(name); ok {
			return name
		}
		return ""
	})
}
