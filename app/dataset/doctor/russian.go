package doctor

import (
	"regexp"
	"strings"
	"unicode"
)

// yoWords are common words that are always spelled with ё where ё is used at all. Words of which both spellings are words (все
// and всё, небо and нёбо) are not among them. A word that ends with "*" stands for all of its endings.
const yoWords = `ещё её неё моё твоё своё чьё причём вдвоём втроём вперёд ребёнок ребёнка ребёнку самолёт* вертолёт* пришёл ушёл нашёл шёл пошёл
вошёл подошёл перешёл прошёл идёт пойдёт придёт найдёт уйдёт живёт даёт поёт зовёт ждёт несёт ведёт везёт растёт встаёт поймёт возьмёт
начнёт днём учёный учёные учёного учёба учёбы учёбу отчёт* расчёт* зачёт* трёх четырёх ёлка ёлки ёлку ёж мёд лёд актёр актёры актёров
режиссёр режиссёры чёрный чёрная чёрное чёрные чёрного зелёный зелёная зелёное зелёные зелёного жёлтый жёлтая жёлтое жёлтые тёмный тёмная
тёмное тёмные тёплый тёплая тёплое тёплые лёгкий лёгкая лёгкое твёрдый твёрдая твёрдое дешёвый дёшево серьёзный серьёзная серьёзно
серьёзные приём приёма приёмы приёмник объём объёма объёмы подъём подъёма партнёр* клён счёт вёл привёл принёс привёз тётя тёти тётю`

// yoTable finds the words of yoWords by their spelling without ё.
type yoTable struct {
	words map[string]string
	stems map[string]string // of words with an asterisk
}

var yo = func() yoTable {
	t := yoTable{map[string]string{}, map[string]string{}}
	for word := range strings.FieldsSeq(yoWords) {
		if stem, ok := strings.CutSuffix(word, "*"); ok {
			t.stems[withoutYo(stem)] = stem
		} else {
			t.words[withoutYo(word)] = word
		}
	}
	return t
}()

func withoutYo(word string) string { return strings.ReplaceAll(word, "ё", "е") }

// spell is a word, given in lower case and without ё, with its ё; "" where it is none of the list.
func (t yoTable) spell(plain string) string {
	if word, ok := t.words[plain]; ok {
		return word
	}
	const longestEnding = 3 // letters
	letters := []rune(plain)
	for cut := len(letters); cut > 0 && cut >= len(letters)-longestEnding; cut-- {
		if stem, ok := t.stems[string(letters[:cut])]; ok {
			return stem + string(letters[cut:])
		}
	}
	return ""
}

// usesYo tells that a text spells words of the list with ё.
func usesYo(text string) bool {
	if !strings.ContainsAny(text, "ёЁ") {
		return false
	}
	used := false
	eachWord(text, func(word string) string {
		lower := strings.ToLower(word)
		used = used || strings.Contains(lower, "ё") && yo.spell(withoutYo(lower)) == lower
		return word
	})
	return used
}

// restoreYo puts ё into the words of the list that lack it.
func restoreYo(text string) string {
	return eachWord(text, func(word string) string {
		if !strings.ContainsAny(word, "еЕ") {
			return word
		}
		lower := strings.ToLower(word)
		spelled := []rune(yo.spell(withoutYo(lower)))
		if len(spelled) == 0 || string(spelled) == lower {
			return word
		}
		out := []rune(word)
		for i, r := range out {
			if spelled[i] == 'ё' && r == 'е' {
				out[i] = 'ё'
			} else if spelled[i] == 'ё' && r == 'Е' {
				out[i] = 'Ё'
			}
		}
		return string(out)
	})
}

// Patterns of personal data. They find hints: a person decides.
var (
	email = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}`)
	phone = regexp.MustCompile(`(?:\+7|\b8)[ \x{00a0}-]?\(?\d{3}\)?[ \x{00a0}-]?\d{3}[ \x{00a0}-]?\d{2}[ \x{00a0}-]?\d{2}\b|\+\d{1,3}[ -]?\(?\d{2,4}\)?(?:[ -]?\d{2,4}){2,4}\b`)
	card  = regexp.MustCompile(`\b\d(?:[ -]?\d){12,18}\b`)
	fours = regexp.MustCompile(`^\d{4}([ -]\d{4}){3}$`) // as it is printed on the card
)

// maskPersonal puts words in the place of e-mail addresses, phone numbers and card numbers.
func maskPersonal(text string) string {
	if strings.Contains(text, "@") {
		text = email.ReplaceAllString(text, "[почта]")
	}
	if strings.IndexFunc(text, unicode.IsDigit) < 0 {
		return text
	}
	text = card.ReplaceAllStringFunc(text, func(number string) string {
		if fours.MatchString(number) || luhn(number) {
			return "[номер карты]"
		}
		return number
	})
	return phone.ReplaceAllString(text, "[телефон]")
}

// luhn checks the last digit of a card's number (ISO/IEC 7812).
func luhn(number string) bool {
	sum, double := 0, false
	for i := len(number) - 1; i >= 0; i-- {
		if number[i] < '0' || number[i] > '9' {
			continue
		}
		d := int(number[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}
