package tokenizer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The files beside vocab.json in which Transformers keeps tokens that were added to a vocabulary or declared special.
const (
	AddedFile  = "added_tokens.json"
	ConfigFile = "tokenizer_config.json"
)

// maxAddedSize bounds these files in bytes; real ones have some kilobytes.
const maxAddedSize = 4 << 20

// ReadAdded reads the tokens that the contents of added_tokens.json and tokenizer_config.json name, by id; either may be
// empty. Transformers cuts all of them out of a text. A file that breaks the format gives a *FormatError.
func ReadAdded(addedJSON, configJSON []byte) ([]SpecialToken, error) {
	var added []SpecialToken
	if len(addedJSON) > 0 {
		var byName map[string]int64
		if err := readObject(AddedFile, addedJSON, &byName); err != nil {
			return nil, err
		}
		for name, id := range byName {
			if err := appendAdded(&added, AddedFile, name, id); err != nil {
				return nil, err
			}
		}
	}
	if len(configJSON) > 0 {
		var config struct {
			Added map[string]struct {
				Content string `json:"content"`
			} `json:"added_tokens_decoder"`
		}
		if err := readObject(ConfigFile, configJSON, &config); err != nil {
			return nil, err
		}
		for key, token := range config.Added {
			id, err := strconv.ParseInt(key, 10, 64)
			if err != nil {
				id = -1
			}
			if err := appendAdded(&added, ConfigFile, token.Content, id); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(added, func(a, b SpecialToken) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(a.Name, b.Name))
	})
	return slices.Compact(added), nil
}

// readObject reads the JSON object that a file is.
func readObject(file string, data []byte, to any) error {
	fail := func(format string, args ...any) error {
		return &FormatError{File: file, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case len(data) > maxAddedSize:
		return fail("has %d bytes, more than the limit of %d", len(data), maxAddedSize)
	case !utf8.Valid(data):
		return fail("is not valid UTF-8")
	}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte(byteOrderMark)), to); err != nil {
		return fail("is not what it should be: %v", err)
	}
	return nil
}

func appendAdded(added *[]SpecialToken, file, name string, id int64) error {
	if name == "" || strings.ContainsRune(name, utf8.RuneError) || id < 0 || id >= MaxTokens {
		return &FormatError{File: file, Reason: fmt.Sprintf("has the token %.40q with an id that is not a whole number from 0 to %d, or no name",
			name, MaxTokens-1)}
	}
	*added = append(*added, SpecialToken{name, int32(id)})
	return nil
}

// join puts added tokens into a vocabulary of size ids, where they may stand already, and returns the new size.
func join(ids map[string]int32, size int, added []SpecialToken) (int, error) {
	byID := make(map[int32]string, len(ids)+len(added))
	for token, id := range ids {
		byID[id] = token
	}
	for _, a := range added {
		if id, ok := ids[a.Name]; ok && id != a.ID {
			return 0, vocabError("gives the token %.40q the id %d, but a file beside it %d", a.Name, id, a.ID)
		}
		if other, ok := byID[a.ID]; ok && other != a.Name {
			return 0, vocabError("has the token %.40q of the id %d, where a file beside it has %.40q", other, a.ID, a.Name)
		}
		ids[a.Name], byID[a.ID] = a.ID, a.Name
		size = max(size, int(a.ID)+1)
	}
	return size, nil
}
