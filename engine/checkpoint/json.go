package checkpoint

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"unicode/utf8"
)

// maxJSON bounds a safetensors header and an index of shards; the real model's header has 50 KB. The format's own
// limit of 100 MB would let a header take gigabytes of memory. For that reason, and because it keeps one of two
// entries with the same name without a word, github.com/nlpodyssey/safetensors is not used here.
const maxJSON = 2 << 20

// eachMember calls visit for every member of the JSON object that text consists of; visit reads the value.
func eachMember(text []byte, visit func(key string, d *json.Decoder) error) error {
	if !utf8.Valid(text) { // encoding/json would replace bad bytes and so make names equal
		return damaged("the JSON text is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := eachField(d, func(key string) error { return visit(key, d) })
	if err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return damaged("the JSON text goes on after its end")
	}
	return nil
}

// eachField reads a JSON object and calls visit for every key, which may occur only once; visit reads the value.
func eachField(d *json.Decoder, visit func(key string) error) error {
	if err := expect(d, json.Delim('{')); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := readString(d)
		if err != nil {
			return err
		}
		if seen[key] {
			return damaged("the JSON text has the key %.80q twice", key)
		}
		seen[key] = true
		if err := visit(key); err != nil {
			return err
		}
	}
	return expect(d, json.Delim('}'))
}

func expect(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err != nil {
		return damaged("the JSON text is broken: %v", err)
	}
	if token != want {
		return damaged("the JSON text has %.40v where %v belongs", token, want)
	}
	return nil
}

func readString(d *json.Decoder) (string, error) {
	token, err := d.Token()
	if err != nil {
		return "", damaged("the JSON text is broken: %v", err)
	}
	s, ok := token.(string)
	if !ok {
		return "", damaged("the JSON text has %.40v where a text belongs", token)
	}
	return s, nil
}

// readIntegers reads a JSON array of at most limit whole numbers.
func readIntegers(d *json.Decoder, limit int) ([]int64, error) {
	if err := expect(d, json.Delim('[')); err != nil {
		return nil, err
	}
	ns := []int64{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, damaged("the JSON text is broken: %v", err)
		}
		number, _ := token.(json.Number)
		n, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil || len(ns) == limit {
			return nil, damaged("the JSON text has %.40v where one of at most %d whole numbers belongs", token, limit)
		}
		ns = append(ns, n)
	}
	return ns, expect(d, json.Delim(']'))
}

// skipValue reads over one JSON value. The decoder keeps a stack of what is open, so its depth is bounded.
func skipValue(d *json.Decoder) error {
	const maxDepth = 64
	depth := 0
	for {
		token, err := d.Token()
		if err != nil {
			return damaged("the JSON text is broken: %v", err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return damaged("the JSON text nests deeper than %d", maxDepth)
		}
	}
}
