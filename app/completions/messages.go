// Package completions is the completions API of OpenAI, which vLLM and llama.cpp serve too: its messages, and a client for a
// server in the place of the local device.
//
//	app/cli, app/batch, app/scoring → Client → somebody's server
//	somebody's client → app/serve → engine
//
// Both sides read and write the messages of this file, so what one of them says the other understands.
package completions

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Request asks for continuations of prompts. A nil field was not given and means the API's default.
type Request struct {
	Model         string         `json:"model"`
	Prompt        Prompts        `json:"prompt"`
	MaxTokens     *int           `json:"max_tokens,omitempty"` // 16
	Temperature   *float64       `json:"temperature,omitempty"`
	TopP          *float64       `json:"top_p,omitempty"`
	N             *int           `json:"n,omitempty"`
	BestOf        *int           `json:"best_of,omitempty"`
	Stream        bool           `json:"stream,omitempty"`
	StreamOptions *StreamOptions `json:"stream_options,omitempty"`
	LogProbs      *int           `json:"logprobs,omitempty"`
	Echo          bool           `json:"echo,omitempty"`
	Stop          Strings        `json:"stop,omitempty"`
	Seed          *int64         `json:"seed,omitempty"`

	// What this program's models have no counterpart for: accepted where it changes nothing.
	Suffix           *string            `json:"suffix,omitempty"`
	PresencePenalty  *float64           `json:"presence_penalty,omitempty"`
	FrequencyPenalty *float64           `json:"frequency_penalty,omitempty"`
	LogitBias        map[string]float64 `json:"logit_bias,omitempty"`

	// Additions of vLLM, under its names.
	TopK              *int     `json:"top_k,omitempty"`
	MinP              *float64 `json:"min_p,omitempty"`
	RepetitionPenalty *float64 `json:"repetition_penalty,omitempty"`

	// Addition of llama.cpp: its name of the same.
	RepeatPenalty *float64 `json:"repeat_penalty,omitempty"`

	// Additions of this program's server.
	TypicalP          *float64 `json:"typical_p,omitempty"`
	NoRepeatNGramSize *int     `json:"no_repeat_ngram_size,omitempty"`
}

// StreamOptions is a part of Request.
type StreamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// Prompt is a text, or the tokens of one.
type Prompt struct {
	Text string
	IDs  []int32 // not nil: tokens
}

// Prompts is one prompt or several: a string, a list of strings, a list of ids, or a list of such lists.
type Prompts []Prompt

// UnmarshalJSON reads any of the four forms.
func (p *Prompts) UnmarshalJSON(data []byte) error {
	var text string
	var texts []string
	var ids []int32
	var lists [][]int32
	switch {
	case json.Unmarshal(data, &text) == nil:
		*p = Prompts{{Text: text}}
	case json.Unmarshal(data, &texts) == nil:
		*p = make(Prompts, 0, len(texts))
		for _, text := range texts {
			*p = append(*p, Prompt{Text: text})
		}
	case json.Unmarshal(data, &ids) == nil:
		*p = Prompts{{IDs: ids}}
	case json.Unmarshal(data, &lists) == nil:
		*p = make(Prompts, 0, len(lists))
		for _, ids := range lists {
			*p = append(*p, Prompt{IDs: append([]int32{}, ids...)})
		}
	default:
		return errors.New("prompt is none of a string, a list of strings, a list of token ids, a list of such lists")
	}
	return nil
}

// MarshalJSON writes a single text as a string, which every server takes, and tokens or several prompts as a list.
func (p Prompts) MarshalJSON() ([]byte, error) {
	if len(p) == 1 && p[0].IDs == nil {
		return json.Marshal(p[0].Text)
	}
	list := make([]any, len(p))
	for i, one := range p {
		list[i] = one.Text
		if one.IDs != nil {
			list[i] = one.IDs
		}
	}
	return json.Marshal(list)
}

// Strings is one string or a list of them.
type Strings []string

// UnmarshalJSON reads either form.
func (s *Strings) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil && string(data) != "null" {
		*s = Strings{one}
		return nil
	}
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return errors.New("stop is neither a string nor a list of strings")
	}
	*s = list
	return nil
}

// Response is a whole answer, or one event of a stream.
type Response struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"` // "text_completion"
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []Choice `json:"choices"`
	Usage   *Usage   `json:"usage,omitempty"`
}

// Choice is one continuation, or a piece of one.
type Choice struct {
	Text         string    `json:"text"`
	Index        int       `json:"index"`
	LogProbs     *LogProbs `json:"logprobs"`
	FinishReason *string   `json:"finish_reason"` // "length" or "stop"; nil while a stream goes on
	// Finish tells ends of the text (eos) from stop strings, as this program's files do. Other servers do not send it.
	Finish string `json:"finish,omitempty"`
}

// LogProbs describes tokens, one element of each list a token. The first of a text has no probability: nil.
type LogProbs struct {
	Tokens        []string             `json:"tokens"`
	TokenLogProbs []*float64           `json:"token_logprobs"` // natural logarithms
	TopLogProbs   []map[string]float64 `json:"top_logprobs"`
	TextOffset    []int                `json:"text_offset"` // in characters, from the beginning of the prompt
}

// Usage counts tokens.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

// Models lists what a server has.
type Models struct {
	Object string  `json:"object"` // "list"
	Data   []Model `json:"data"`
}

// Model is one of Models.
type Model struct {
	ID      string `json:"id"`
	Object  string `json:"object"` // "model"
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
	MaxLen  int    `json:"max_model_len,omitempty"` // tokens of the context, under vLLM's name
}

// Failure is the body of an answer that is no success.
type Failure struct {
	Error FailureDetail `json:"error"`
}

// FailureDetail is a part of Failure.
type FailureDetail struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

// Spell writes a token's bytes as the API does: as text, or, where they are not whole characters, as "bytes:\xd0".
func Spell(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	var b strings.Builder
	b.WriteString("bytes:")
	for _, c := range raw {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return b.String()
}

// What events of a stream begin with, and what the last one says.
const (
	EventPrefix = "data: "
	StreamEnd   = "[DONE]"
)
