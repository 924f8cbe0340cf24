package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// MaxFileSize is the largest vocab.json or merges.txt in bytes that New reads; the files of ruGPT-3 XL have
	// about 1.5 MB.
	MaxFileSize = 64 << 20

	// MaxTokens bounds ids and merges, and with them every table here: twenty times what ruGPT-3 XL has.
	MaxTokens = 1 << 20
)

// FormatError tells what is wrong with a tokenizer file.
type FormatError struct {
	File   string // "vocab.json" or "merges.txt", or a key of GGUF's metadata
	Line   int    // from 1; 0 when the fault has no line. Of a key, the element
	Reason string
}

func (e *FormatError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s line %d: %s", e.File, e.Line, e.Reason)
	}
	return e.File + " " + e.Reason
}

func vocabError(format string, args ...any) error {
	return &FormatError{File: "vocab.json", Reason: fmt.Sprintf(format, args...)}
}

func mergesError(line int, format string, args ...any) error {
	return &FormatError{File: "merges.txt", Line: line, Reason: fmt.Sprintf(format, args...)}
}

const byteOrderMark = "\uFEFF"

// readVocab reads an object of tokens and ids, and returns it with one more than the highest id. Ids may leave gaps.
func readVocab(data []byte) (ids map[string]int32, size int, err error) {
	if len(data) > MaxFileSize {
		return nil, 0, vocabError("has %d bytes, more than the limit of %d", len(data), MaxFileSize)
	}
	// encoding/json would quietly put U+FFFD in the place of broken bytes.
	if !utf8.Valid(data) {
		return nil, 0, vocabError("is not valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte(byteOrderMark))))
	dec.UseNumber()
	if open, err := dec.Token(); err != nil {
		return nil, 0, vocabSyntax(err)
	} else if open != json.Delim('{') {
		return nil, 0, vocabError("is not a JSON object of tokens and ids")
	}
	ids = make(map[string]int32)
	byID := make(map[int32]string)
	for dec.More() {
		token, id, err := readVocabEntry(dec)
		if err != nil {
			return nil, 0, err
		}
		if _, ok := ids[token]; ok {
			return nil, 0, vocabError("has the token %.40q twice", token)
		}
		if other, ok := byID[id]; ok {
			return nil, 0, vocabError("gives the id %d to both %.40q and %.40q", id, other, token)
		}
		ids[token], byID[id] = id, token
		size = max(size, int(id)+1)
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, 0, vocabSyntax(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, 0, vocabError("has something after the closing brace")
	}
	return ids, size, nil
}

func readVocabEntry(dec *json.Decoder) (token string, id int32, err error) {
	key, err := dec.Token()
	if err != nil {
		return "", 0, vocabSyntax(err)
	}
	token = key.(string) // the decoder lets nothing else be a key
	if token == "" {
		return "", 0, vocabError("has an empty token")
	}
	// This is also what encoding/json makes of half a surrogate pair.
	if strings.ContainsRune(token, utf8.RuneError) {
		return "", 0, vocabError("has the token %.40q, which is broken Unicode", token)
	}
	value, err := dec.Token()
	if err != nil {
		return "", 0, vocabSyntax(err)
	}
	number, ok := value.(json.Number)
	if !ok {
		return "", 0, vocabError("gives the token %.40q something other than a number", token)
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	if err != nil || n < 0 || n >= MaxTokens {
		return "", 0, vocabError("gives the token %.40q the id %.24s, which is not a whole number from 0 to %d",
			token, number, MaxTokens-1)
	}
	return token, int32(n), nil
}

func vocabSyntax(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return vocabError("ends too early")
	}
	return vocabError("is not valid JSON: %v", err)
}

// readMerges reads the pairs of tokens to join, the most urgent first, one pair a line with a space between. The
// first line may be a version; a byte order mark and Windows line ends are tolerated.
func readMerges(data []byte, ids map[string]int32) (mergeTable, error) {
	table := newMergeTable()
	if len(data) > MaxFileSize {
		return table, mergesError(0, "has %d bytes, more than the limit of %d", len(data), MaxFileSize)
	}
	text := strings.TrimRight(strings.TrimPrefix(string(data), byteOrderMark), "\r\n")
	if text == "" {
		return table, nil
	}
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.TrimSuffix(line, "\r")
		if number == 1 && strings.HasPrefix(line, "#version") {
			continue
		}
		if reason := table.addLine(line, ids); reason != "" {
			return table, mergesError(number, "%s", reason)
		}
	}
	return table, nil
}

// addLine gives the next rank to a pair written with a space between; reason tells what is wrong with it.
func (t *mergeTable) addLine(line string, ids map[string]int32) (reason string) {
	left, right, ok := strings.Cut(line, " ")
	if !ok || left == "" || right == "" || strings.Contains(right, " ") {
		return fmt.Sprintf("%.60q is not two tokens with a space between", line)
	}
	pair := [3]int32{}
	for i, token := range [...]string{left, right, left + right} {
		if pair[i], ok = ids[token]; !ok {
			return fmt.Sprintf("the token %.60q is not in the vocabulary", token)
		}
	}
	if !t.add(pair[0], pair[1], pair[2]) {
		return fmt.Sprintf("the pair %.60q stands on an earlier line too", line)
	}
	if t.len() > MaxTokens {
		return fmt.Sprintf("more than %d merges", MaxTokens)
	}
	return ""
}
