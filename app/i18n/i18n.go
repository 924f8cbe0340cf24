// Package i18n holds the words of both front ends. Every sentence a person reads stands in assets/translations, in
// Russian and in English, under the same key; keys begin with cli. or ui. by where they are said,
// or with error., notice., loading. or unit. where both say them.
//
// It stands at the edge: the engine and the model know no languages, their errors become sentences here (Error).
package i18n

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"zachin/assets"
)

// The languages there are.
const (
	Russian = "ru"
	English = "en"
)

// Language chooses the language from a POSIX locale's variables, in their order: LC_ALL, LC_MESSAGES, LANG; the first
// that is set decides. Russian is for locales of countries where most people read it (ru, be, kk, uk); everything
// else, no locale and "C" too, means English, as with other programs of the command line.
func Language(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(name); locale != "" {
			return FromLocale(locale)
		}
	}
	return English
}

// FromLocale is the language for a locale such as "ru_RU.UTF-8" or "en-GB".
func FromLocale(locale string) string {
	name := strings.ToLower(locale)
	if end := strings.IndexAny(name, "_-.@"); end >= 0 {
		name = name[:end]
	}
	switch name {
	case "ru", "be", "kk", "uk":
		return Russian
	}
	return English
}

// Strings are the words of one language. They never change; any goroutine may use them.
type Strings struct {
	language  string
	localizer *i18n.Localizer
}

// New reads the words of a language, Russian or English. The files are part of the program: that they can be read is
// for tests to see to, and New panics otherwise.
func New(lang string) *Strings {
	bundle := i18n.NewBundle(language.English)
	files, err := fs.Glob(assets.Translations(), "*.json")
	if err != nil {
		panic("i18n: " + err.Error())
	}
	for _, name := range files {
		data, err := fs.ReadFile(assets.Translations(), name)
		if err != nil {
			panic("i18n: " + err.Error())
		}
		bundle.MustParseMessageFileBytes(data, name)
	}
	return &Strings{language: lang, localizer: i18n.NewLocalizer(bundle, lang)}
}

// Language is the language of these words: Russian or English.
func (s *Strings) Language() string { return s.language }

// T is the sentence of a key. Its fields come in pairs of name and value: T("error.no_file", "File", path) fills
// {{.File}}.
func (s *Strings) T(id string, fields ...any) string {
	return s.localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: pairs(id, fields)})
}

// N is the sentence of a key in the plural form that count asks for; {{.Count}} is the count.
func (s *Strings) N(id string, count int, fields ...any) string {
	data := pairs(id, fields)
	data["Count"] = count
	return s.localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data, PluralCount: count})
}

// localize falls back to the key: a wrong key then shows itself instead of ending the program.
func (s *Strings) localize(c *i18n.LocalizeConfig) string {
	text, err := s.localizer.Localize(c)
	if text == "" && err != nil {
		return c.MessageID
	}
	return text
}

func pairs(id string, fields []any) map[string]any {
	data := make(map[string]any, len(fields)/2+1)
	if len(fields)%2 != 0 {
		panic(fmt.Sprintf("i18n: the fields of %s are not pairs: %v", id, fields))
	}
	for i := 0; i < len(fields); i += 2 {
		data[fmt.Sprint(fields[i])] = fields[i+1]
	}
	return data
}
