package prompt

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
)

// Example is a prompt and what should follow it.
type Example struct {
	Input  string `json:"input"`
	Output string `json:"output"`
}

// Layout is the form of a few-shot prompt. Its parts are text as it is, special tokens by their names included; they have the names
// that a data set's template has.
type Layout struct {
	Intro     string `json:"intro,omitempty"`     // before everything
	Before    string `json:"before,omitempty"`    // before each input
	Separator string `json:"separator,omitempty"` // between an input and its output
	Lead      string `json:"lead,omitempty"`      // before each example's output, left to the model after the last separator: where a space belongs
	After     string `json:"after,omitempty"`     // after each output
	Between   string `json:"between,omitempty"`   // between examples
}

// Layouts are forms to begin with: plain words, and the special tokens of ruGPT-3's vocabulary.
func Layouts() []Layout {
	return []Layout{
		{Before: "Вопрос: ", Separator: "\nОтвет:", Lead: " ", Between: "\n\n"},
		{Before: "Текст: ", Separator: "\nКатегория:", Lead: " ", Between: "\n\n"},
		{Before: "<s>", Separator: "\n", After: "</s>", Between: "\n"},
	}
}

// Piece is a part of a prompt: the layout's, or what an example or the question says.
type Piece struct {
	Text  string
	Frame bool // it is the layout's
}

// Pieces are the examples, then the input to be answered. No examples make it zero-shot, one one-shot.
func (l Layout) Pieces(examples []Example, input string) []Piece {
	pieces := []Piece{{l.Intro, true}}
	for _, e := range examples {
		pieces = append(pieces, Piece{l.Before, true}, Piece{e.Input, false}, Piece{l.Separator + l.Lead, true}, Piece{e.Output, false},
			Piece{l.After + l.Between, true})
	}
	return append(pieces, Piece{l.Before, true}, Piece{input, false}, Piece{l.Separator, true})
}

// Build is the prompt that the pieces make.
func (l Layout) Build(examples []Example, input string) string {
	var text strings.Builder
	for _, p := range l.Pieces(examples, input) {
		text.WriteString(p.Text)
	}
	return text.String()
}

// Example is an example as the prompt has it, without what stands between two.
func (l Layout) Example(e Example) string {
	return l.Before + e.Input + l.Separator + l.Lead + e.Output + l.After
}

// SpaceToLead moves the spaces at the separator's end into Lead, so that the prompt does not end in a space and the
// examples stay as they are; see [EndsInSpace].
func (l Layout) SpaceToLead() Layout {
	bare := strings.TrimRight(l.Separator, " \t")
	l.Lead = l.Separator[len(bare):] + l.Lead
	l.Separator = bare
	return l
}

// Fitted is a prompt that fits the model.
type Fitted struct {
	Text   string
	Used   int   // examples, from the first on
	Costs  []int // tokens that each of these added
	Tokens int   // of the text
	Fits   bool  // false where the input alone is too long
}

// Fit builds the prompt with as many examples, from the first on, as leave room for a reply. count counts a text's tokens; context and
// reply are in tokens.
func (l Layout) Fit(examples []Example, input string, count func(string) int, context, reply int) Fitted {
	f := Fitted{Text: l.Build(nil, input)}
	f.Tokens = count(f.Text)
	f.Fits = f.Tokens+reply <= context
	for f.Fits && f.Used < len(examples) {
		text := l.Build(examples[:f.Used+1], input)
		tokens := count(text)
		if tokens+reply > context {
			break
		}
		f.Costs = append(f.Costs, tokens-f.Tokens)
		f.Text, f.Tokens = text, tokens
		f.Used++
	}
	return f
}

// Class is an output and how many examples have it.
type Class struct {
	Output string
	Count  int
}

// Classes counts the outputs, the most frequent first.
func Classes(examples []Example) []Class {
	var classes []Class
	at := map[string]int{}
	for _, e := range examples {
		i, seen := at[e.Output]
		if !seen {
			i = len(classes)
			at[e.Output], classes = i, append(classes, Class{Output: e.Output})
		}
		classes[i].Count++
	}
	slices.SortStableFunc(classes, func(a, b Class) int { return cmp.Compare(b.Count, a.Count) })
	return classes
}

// Order is a way to choose examples and to put them one behind the other.
type Order string

// The orders there are. A model leans to the outputs that it has seen most often and last: [Even] is against that.
const (
	AsGiven    Order = "given"
	Shuffled   Order = "shuffled"
	Even       Order = "even"       // as many of each class, which take turns
	Stratified Order = "stratified" // the classes in the shares that they have in all; they take turns
)

// Orders are the orders there are.
func Orders() []Order { return []Order{AsGiven, Shuffled, Even, Stratified} }

// Choose returns the indices of at most n examples in the order in which they are to stand. Whatever is random in it is the same for the
// same seed. A class is the examples with one output.
func Choose(examples []Example, order Order, n int, seed uint64) []int {
	n = max(0, min(n, len(examples)))
	if n == 0 {
		return nil
	}
	switch order {
	case Shuffled:
		return shuffled(len(examples), seed)[:n]
	case Even:
		classes := Classes(examples)
		quotas := make([]int, len(classes))
		for i := range quotas {
			quotas[i] = min(classes[len(classes)-1].Count, max(1, n/len(classes)))
		}
		chosen := draw(examples, classes, quotas, seed)
		return chosen[:min(n, len(chosen))]
	case Stratified:
		classes := Classes(examples)
		return draw(examples, classes, shares(classes, n, len(examples)), seed)
	}
	first := make([]int, n)
	for i := range first {
		first[i] = i
	}
	return first
}

// shuffled is the numbers below n in a random order.
func shuffled(n int, seed uint64) []int { return rand.New(rand.NewPCG(seed, 0)).Perm(n) }

// shares divides n among classes that have total examples together, rounded by largest remainders.
func shares(classes []Class, n, total int) []int {
	quotas := make([]int, len(classes))
	order := make([]int, len(classes)) // of the classes, by what rounding down took from them
	left := n
	for i, c := range classes {
		quotas[i], order[i] = c.Count*n/total, i
		left -= quotas[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(classes[b].Count*n%total, classes[a].Count*n%total)
	})
	for _, i := range order[:left] {
		quotas[i]++
	}
	return quotas
}

// draw takes so many examples of each class from the shuffled ones; the classes take turns as long as they have some.
func draw(examples []Example, classes []Class, quotas []int, seed uint64) []int {
	byOutput := map[string][]int{}
	for _, i := range shuffled(len(examples), seed) {
		byOutput[examples[i].Output] = append(byOutput[examples[i].Output], i)
	}
	var chosen []int
	for turn := range slices.Max(quotas) {
		for i, c := range classes {
			if turn < quotas[i] {
				chosen = append(chosen, byOutput[c.Output][turn])
			}
		}
	}
	return chosen
}

// Pick is the examples at some indices.
func Pick(examples []Example, indices []int) []Example {
	picked := make([]Example, len(indices))
	for i, at := range indices {
		picked[i] = examples[at]
	}
	return picked
}

// Likeness is two examples that are too much alike.
type Likeness struct {
	First, Second int  // indices
	Same          bool // in letters and digits; else nearly
	Contradict    bool // their inputs are alike and their outputs are not
}

// nearlySame is the share of common trigrams from which two inputs count as the same with a few changes.
const nearlySame = 0.8

// Alike finds examples whose inputs are the same, or nearly: a Jaccard index of the sets of their trigrams of characters
// from 0.8 on. It compares all pairs, and is meant for the examples of a prompt, not for a data set.
func Alike(examples []Example) (found []Likeness) {
	plain, sets := make([]string, len(examples)), make([][]uint64, len(examples))
	for i, e := range examples {
		plain[i] = plainLetters(e.Input)
		sets[i] = trigrams(plain[i])
	}
	for j := range examples {
		for i := range j {
			same := plain[i] == plain[j]
			if same || jaccard(sets[i], sets[j], nearlySame) >= nearlySame {
				found = append(found, Likeness{i, j, same, plainLetters(examples[i].Output) != plainLetters(examples[j].Output)})
			}
		}
	}
	return found
}
