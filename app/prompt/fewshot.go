package prompt

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
)

// Example is a prompt and what should follow it.
type Example struct{ Input, Output string }

// Layout is the form of a few-shot prompt. Its parts are text as it is, special tokens by their names included; they have the names
// that a data set's template has.
type Layout struct {
	Intro     string // before everything
	Before    string // before each input
	Separator string // between an input and its output
	Lead      string // before each example's output, left to the model after the last separator: where a space belongs
	After     string // after each output
	Between   string // between examples
}

// Layouts are forms to begin with: plain words, and the special tokens of ruGPT-3's vocabulary.
func Layouts() []Layout {
	return []Layout{
		{Before: "Вопрос: ", Separator: "\nОтвет:", Lead: " ", Between: "\n\n"},
		{Before: "Текст: ", Separator: "\nКатегория:", Lead: " ", Between: "\n\n"},
		{Before: "<s>", Separator: "\n", After: "</s>", Between: "\n"},
	}
}

// Build is the prompt: the examples, then the input to be answered. No examples make it zero-shot, one one-shot.
func (l Layout) Build(examples []Example, input string) string {
	var text strings.Builder
	text.WriteString(l.Intro)
	for _, e := range examples {
		text.WriteString(l.Before + e.Input + l.Separator + l.Lead + e.Output + l.After + l.Between)
	}
	text.WriteString(l.Before + input + l.Separator)
	return text.String()
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

// Shuffle is the examples in a random order, the same for the same seed.
func Shuffle(examples []Example, seed uint64) []Example {
	mixed := slices.Clone(examples)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	return mixed
}

// Balance chooses as many examples of each class as its rarest has, at random, and lets the classes take turns: a model leans to
// the outputs that it has seen most often and last.
func Balance(examples []Example, seed uint64) []Example {
	classes := Classes(examples)
	if len(classes) == 0 {
		return nil
	}
	quotas := make([]int, len(classes))
	for i := range quotas {
		quotas[i] = classes[len(classes)-1].Count
	}
	return draw(examples, classes, quotas, seed)
}

// Stratify chooses n examples, at random, with the classes in the shares that they have in all, rounded by largest
// remainders, and lets the classes take turns.
func Stratify(examples []Example, n int, seed uint64) []Example {
	n = max(0, min(n, len(examples)))
	classes := Classes(examples)
	quotas := make([]int, len(classes))
	order := make([]int, len(classes)) // of the classes, by what rounding down took from them
	left := n
	for i, c := range classes {
		quotas[i], order[i] = c.Count*n/len(examples), i
		left -= quotas[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(classes[b].Count*n%len(examples), classes[a].Count*n%len(examples))
	})
	for _, i := range order[:left] {
		quotas[i]++
	}
	return draw(examples, classes, quotas, seed)
}

// draw takes so many examples of each class from the shuffled ones; the classes take turns as long as they have some.
func draw(examples []Example, classes []Class, quotas []int, seed uint64) []Example {
	byOutput := map[string][]Example{}
	for _, e := range Shuffle(examples, seed) {
		byOutput[e.Output] = append(byOutput[e.Output], e)
	}
	var chosen []Example
	for turn := 0; turn < slices.Max(append(quotas, 0)); turn++ {
		for i, c := range classes {
			if turn < quotas[i] {
				chosen = append(chosen, byOutput[c.Output][turn])
			}
		}
	}
	return chosen
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
	plain, sets := make([]string, len(examples)), make([]map[string]bool, len(examples))
	for i, e := range examples {
		plain[i] = plainLetters(e.Input)
		sets[i] = trigrams(plain[i])
	}
	for j := range examples {
		for i := range j {
			same := plain[i] == plain[j]
			if same || jaccard(sets[i], sets[j]) >= nearlySame {
				found = append(found, Likeness{i, j, same, plainLetters(examples[i].Output) != plainLetters(examples[j].Output)})
			}
		}
	}
	return found
}
