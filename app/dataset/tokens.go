package dataset

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"zachin/engine/tokenizer"
)

// ErrNotUTF8 is a text file that the trainer could not read.
var ErrNotUTF8 = errors.New("not UTF-8")

// tokenStream encodes a text that comes in pieces to the very tokens of the whole.
//
// A piece of the pre-tokenizer has white space only at its beginning, so that the place between anything else and white space
// always parts pieces: what lies before the last such place is done with, whatever follows.
type tokenStream struct {
	t       *tokenizer.Tokenizer
	take    func(ids []int32) error
	pending []byte
	looked  int // bytes of pending in which there is no border
	ids     []int32
	whole   bool // a special token holds white space: nothing can be cut
}

func newTokenStream(t *tokenizer.Tokenizer, take func(ids []int32) error) *tokenStream {
	s := &tokenStream{t: t, take: take}
	for _, special := range t.Specials() {
		s.whole = s.whole || strings.ContainsAny(special.Name, " \n")
	}
	return s
}

// enoughText is how many bytes are encoded at a time.
const enoughText = 64 << 10

func (s *tokenStream) Write(p []byte) (int, error) {
	s.pending = append(s.pending, p...)
	if len(s.pending) < enoughText || s.whole {
		return len(p), nil
	}
	cut := lastBorder(s.pending, s.looked)
	if cut > 0 {
		if err := s.encode(s.pending[:cut]); err != nil {
			return 0, err
		}
		s.pending = append(s.pending[:0], s.pending[cut:]...)
	}
	s.looked = len(s.pending)
	return len(p), nil
}

// lastBorder is the last place in text, from looked on, right before white space that follows something else; 0 if there is
// none.
func lastBorder(text []byte, looked int) int {
	for i := len(text) - 1; i >= max(looked, 1); i-- {
		if text[i] != ' ' && text[i] != '\n' {
			continue
		}
		if before, _ := utf8.DecodeLastRune(text[:i]); !unicode.IsSpace(before) {
			return i
		}
	}
	return 0
}

func (s *tokenStream) encode(text []byte) error {
	s.ids = s.t.AppendEncode(s.ids[:0], string(text), tokenizer.SpecialTokens)
	return s.take(s.ids)
}

// Close encodes the rest.
func (s *tokenStream) Close() error {
	rest := s.pending
	s.pending = nil
	return s.encode(rest)
}

// Count returns how many tokens a text has.
func Count(t *tokenizer.Tokenizer, text string) int { return len(t.Encode(text)) }

// Blocks is what the original trainer makes of one text file.
type Blocks struct {
	Tokens  int64 `json:"tokens"`
	Blocks  int64 `json:"blocks"`
	Dropped int64 `json:"dropped_tokens"` // the incomplete last block
}

// Cutter cuts a text that is written to it into blocks, as the original trainer does: the whole text is tokenized and cut into
// consecutive blocks of exactly length tokens, which cross the borders of rows; the incomplete last block is dropped.
type Cutter struct {
	stream *tokenStream
	length int
	show   func(block []int32) error
	tokens int64
	rest   []int32
}

// NewCutter begins a text. show, which may be nil, is given each block; the ids hold until it returns.
func NewCutter(t *tokenizer.Tokenizer, length int, show func(block []int32) error) *Cutter {
	c := &Cutter{length: length, show: show}
	c.stream = newTokenStream(t, c.take)
	return c
}

func (c *Cutter) take(ids []int32) error {
	c.tokens += int64(len(ids))
	if c.show == nil {
		return nil
	}
	c.rest = append(c.rest, ids...)
	for len(c.rest) >= c.length {
		if err := c.show(c.rest[:c.length]); err != nil {
			return err
		}
		c.rest = append(c.rest[:0], c.rest[c.length:]...)
	}
	return nil
}

func (c *Cutter) Write(p []byte) (int, error) { return c.stream.Write(p) }

// Close ends the text.
func (c *Cutter) Close() (Blocks, error) {
	err := c.stream.Close()
	return Blocks{Tokens: c.tokens, Blocks: c.tokens / int64(c.length), Dropped: c.tokens % int64(c.length)}, err
}

// Rest is the incomplete last block after Close, of a cutter that shows its blocks.
func (c *Cutter) Rest() []int32 { return c.rest }

// CutBlocks has a Cutter cut a text.
func CutBlocks(ctx context.Context, t *tokenizer.Tokenizer, text io.Reader, length int, show func(block []int32) error) (Blocks, error) {
	c := NewCutter(t, length, show)
	if _, err := io.Copy(c, &utf8Reader{r: text, ctx: ctx}); err != nil {
		return Blocks{}, err
	}
	return c.Close()
}

// utf8Reader passes UTF-8 on and refuses anything else.
type utf8Reader struct {
	r    io.Reader
	ctx  context.Context
	tail []byte // the beginning of a character
}

func (u *utf8Reader) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := u.r.Read(p)
	u.tail = append(u.tail, p[:n]...)
	whole := len(u.tail)
	for cut := 1; cut < utf8.UTFMax && cut <= len(u.tail); cut++ {
		if end := u.tail[len(u.tail)-cut:]; utf8.RuneStart(end[0]) && !utf8.FullRune(end) {
			whole -= cut
			break
		}
	}
	if !utf8.Valid(u.tail[:whole]) || errors.Is(err, io.EOF) && whole < len(u.tail) {
		return 0, ErrNotUTF8
	}
	u.tail = bytes.Clone(u.tail[whole:])
	return n, err
}

// Steps tells how training goes through so many blocks: steps in an epoch, and epochs in a number of steps.
func Steps(blocks int64, batch, gpus, iterations int) (perEpoch int64, epochs float64) {
	each := int64(max(1, batch) * max(1, gpus))
	perEpoch = blocks / each
	if blocks > 0 {
		epochs = float64(int64(iterations)*each) / float64(blocks)
	}
	return perEpoch, epochs
}

// Token is a token of a row, for the loss mask.
type Token struct {
	ID   int32
	Loss bool // the completion's: loss is taken on it
}

// LossMask is a row as training on completions alone sees it: the tokens of the whole row, with loss from where they part from
// those of the prompt alone, as TRL 1.16 does it. agrees tells that the prompt's tokens are the beginning of the row's; where they
// are not, the model is given other tokens in use than in training, and a separator that ends with a space is the usual cause.
func LossMask(t *tokenizer.Tokenizer, template Template, x Example) (tokens []Token, agrees bool) {
	given := t.Encode(template.Given(x))
	common := true
	for i, id := range t.Encode(template.Render(x)) {
		common = common && i < len(given) && given[i] == id
		tokens = append(tokens, Token{ID: id, Loss: !common})
	}
	return tokens, len(tokens) >= len(given) && (len(given) == 0 || !tokens[len(given)-1].Loss)
}
