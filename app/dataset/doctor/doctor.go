// Package doctor looks for what spoils training data, and mends it.
//
//	examples → Doctor.Add … → Report (what, how many, which rows) → the person chooses → Mender, on the way to the files
//
// A finding is a hint, not a verdict: what it means and what may be done stands in the translations under notice.check.NAME.
package doctor

import (
	"cmp"
	"slices"
	"strings"

	"zachin/app/dataset"
	"zachin/engine/tokenizer"
)

// Check is what can be found, by its name on the command line and in project files.
type Check string

// The checks there are.
const (
	Empty           Check = "empty"
	Duplicate       Check = "duplicate"
	NearDuplicate   Check = "near_duplicate"
	Leak            Check = "leak" // a row that the other set holds too
	TooLong         Check = "too_long"
	MissingEnd      Check = "missing_end"
	SeparatorInside Check = "separator_inside"
	EdgeSpace       Check = "edge_space"
	SpecialInText   Check = "special_in_text"
	UnknownSpecial  Check = "unknown_special"
	Mojibake        Check = "mojibake"
	LatinLookalike  Check = "latin_lookalike"
	Yo              Check = "yo"
	NotNFC          Check = "not_nfc"
	Control         Check = "control"
	ZeroWidth       Check = "zero_width"
	Personal        Check = "personal"
	Imbalance       Check = "imbalance"
)

// Border is what [Report.Border] finds. It stands apart from the other checks, which find fault with rows.
const Border Check = "border"

// Checks returns all checks in the order of reports.
func Checks() []Check {
	return []Check{
		Empty, Duplicate, NearDuplicate, Leak, TooLong, MissingEnd, SeparatorInside, EdgeSpace, SpecialInText, UnknownSpecial,
		Mojibake, LatinLookalike, Yo, NotNFC, Control, ZeroWidth, Personal, Imbalance,
	}
}

// Options say what rows are measured by.
type Options struct {
	Tokenizer *tokenizer.Tokenizer
	Template  *dataset.Template // nil: rows are trained on as they stand
	MaxTokens int
}

// Finding is what one check found.
type Finding struct {
	Check Check `json:"check"`
	Count int   `json:"count"` // of rows
	Rows  []int `json:"rows"`  // the first of them, from 1
}

// maxRows is how many rows of a finding are named.
const maxRows = 20

func (f *Finding) add(row int) {
	if f.Count++; len(f.Rows) < maxRows {
		f.Rows = append(f.Rows, row)
	}
}

// Lengths tells how many tokens rows have, framed by the template.
type Lengths struct {
	Total int64 `json:"total"`
	Max   int   `json:"max"`
	P50   int   `json:"p50"`
	P95   int   `json:"p95"`
}

// Report is what was found.
type Report struct {
	Rows      int
	Tokens    Lengths
	Findings  []Finding // of checks that found something
	Histogram []int     // rows by tokens: of up to 1, 2, 4, 8 … tokens
	Classes   []Class   // completions, the commonest first, where they are classes
	Border    Finding   // rows whose prompt has other tokens alone than before its completion: the template's fault, not theirs
}

// Class is a completion that many rows share.
type Class struct {
	Label string
	Count int
}

// Doctor looks at rows one after another. Of each it keeps some 300 bytes, of those after [NearRows] some 30; the texts it does not
// keep.
type Doctor struct {
	opt      Options
	frame    dataset.Template
	found    map[Check]*Finding
	lengths  []int
	rows     int
	named    []Check
	seen     *index // of this set
	other    *index // of the set that this one must not overlap
	ends     []string
	ended    int // rows that end with an end token
	endless  Finding
	border   Finding
	usesYo   bool // in words of which eInPlace counts the others
	eInPlace Finding
	labels   labels
	letters  map[Check]func(string) string
}

// New is a doctor who has seen nothing yet.
func New(opt Options) *Doctor {
	d := &Doctor{opt: opt, found: map[Check]*Finding{}, seen: newIndex(), other: newIndex(), ends: endTokens(opt.Tokenizer), letters: letterMends()}
	d.endless.Check, d.eInPlace.Check, d.border.Check = MissingEnd, Yo, Border
	if opt.Template != nil {
		d.frame = *opt.Template
	}
	return d
}

// endTokens are the tokens that tell the model to stop, as far as the vocabulary has them.
func endTokens(t *tokenizer.Tokenizer) (names []string) {
	for _, name := range []string{"</s>", tokenizer.EndOfText} {
		if _, ok := t.Special(name); ok {
			names = append(names, name)
		}
	}
	return names
}

// AddOther tells a row of the set that this one is compared with.
func (d *Doctor) AddOther(x dataset.Example) {
	if text := content(x); strings.TrimSpace(text) != "" {
		s := d.seen.signer.sign(text)
		d.other.add(&s, x.Row)
	}
}

// content is what makes a row the same as another.
func content(x dataset.Example) string { return x.Prompt + "\x00" + x.Completion }

func (d *Doctor) report(c Check, row int, found bool) {
	if !found {
		return
	}
	if d.found[c] == nil {
		d.found[c] = &Finding{Check: c}
	}
	d.name(d.found[c], row)
}

// name counts a row in a finding.
func (d *Doctor) name(f *Finding, row int) {
	if f.add(row); f.Count <= maxRows {
		d.named = append(d.named, f.Check)
	}
}

// Named returns the checks whose findings name the row added last; it holds until the next Add. Rows of rare classes are known
// only in the end.
func (d *Doctor) Named() []Check { return d.named }

// Add looks at the next row.
func (d *Doctor) Add(x dataset.Example) {
	d.rows++
	d.named = d.named[:0]
	text := d.frame.Render(x)
	tokens, agrees := dataset.LossMask(d.opt.Tokenizer, d.frame, x)
	n := len(tokens)
	d.lengths = append(d.lengths, n)
	d.bordering(x, agrees)
	d.report(TooLong, x.Row, n > d.opt.MaxTokens)
	d.copies(x)
	d.ending(x.Row, text)
	d.report(Empty, x.Row, isEmpty(x))
	d.report(SeparatorInside, x.Row, d.separatorInside(x))
	d.report(EdgeSpace, x.Row, either(x, func(s string) bool { return s != strings.TrimSpace(s) && strings.TrimSpace(s) != "" }))
	inner := x
	if !hasSpecial(d.opt.Tokenizer, d.frame.After) { // then the rows bring their own ends
		inner.Completion = d.withoutFrame(x.Completion)
	}
	d.report(SpecialInText, x.Row, either(inner, func(s string) bool { return hasSpecial(d.opt.Tokenizer, s) }))
	d.report(UnknownSpecial, x.Row, hasUnknownSpecial(d.opt.Tokenizer, text))
	for check, f := range d.letters {
		d.report(check, x.Row, either(x, func(s string) bool { return f(s) != s }))
	}
	d.report(Personal, x.Row, either(x, func(s string) bool { return maskPersonal(s) != s }))
	d.usesYo = d.usesYo || either(x, usesYo)
	if either(x, func(s string) bool { return restoreYo(s) != s }) {
		d.name(&d.eInPlace, x.Row)
	}
	if x.Framed {
		d.labels.add(x.Completion, x.Row)
	}
}

// either asks about both parts of a row.
func either(x dataset.Example, ask func(string) bool) bool { return ask(x.Prompt) || ask(x.Completion) }

func isEmpty(x dataset.Example) bool {
	return strings.TrimSpace(x.Completion) == "" || x.Framed && strings.TrimSpace(x.Prompt) == ""
}

func (d *Doctor) copies(x dataset.Example) {
	if isEmpty(x) {
		return
	}
	s := d.seen.signer.sign(content(x))
	if d.other.rows > 0 {
		d.report(Leak, x.Row, d.other.find(&s) != distinct)
	}
	kind := d.seen.find(&s)
	d.report(Duplicate, x.Row, kind == same)
	d.report(NearDuplicate, x.Row, kind == near)
	d.seen.add(&s, x.Row)
}

// bordering counts rows whose border is not that of their tokens. White space at the edge of the completion is the row's own fault.
func (d *Doctor) bordering(x dataset.Example, agrees bool) {
	if !agrees {
		x.Completion = strings.TrimSpace(x.Completion)
		if _, agrees = dataset.LossMask(d.opt.Tokenizer, d.frame, x); !agrees {
			d.name(&d.border, x.Row)
		}
	}
}

// ending counts rows that end, and those that do not, with a token to stop at.
func (d *Doctor) ending(row int, text string) {
	if endsWith(text, d.ends) {
		d.ended++
	} else {
		d.name(&d.endless, row)
	}
}

func endsWith(text string, ends []string) bool {
	text = strings.TrimRight(text, " \n")
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(text, end) })
}

func (d *Doctor) separatorInside(x dataset.Example) bool {
	s := d.frame.Separator
	return x.Framed && s != "" && either(x, func(part string) bool { return strings.Contains(part, s) })
}

// withoutFrame takes special tokens off the ends of a text that is a whole row already.
func (d *Doctor) withoutFrame(text string) string {
	for again := true; again; {
		again = false
		for _, s := range d.opt.Tokenizer.Specials() {
			short := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), s.Name), s.Name)
			if len(short) < len(strings.TrimSpace(text)) {
				text, again = short, true
			}
		}
	}
	return text
}

// Report tells what was found.
func (d *Doctor) Report() Report {
	// Rows that stand as they are need no end token, unless some of them have it.
	if d.opt.Template != nil || d.ended > 0 {
		d.found[MissingEnd] = &d.endless
	}
	if d.usesYo {
		d.found[Yo] = &d.eInPlace
	}
	if rare := d.labels.rare(); rare.Count > 0 {
		d.found[Imbalance] = &rare
	}
	r := Report{Rows: d.rows, Findings: []Finding{}, Classes: d.labels.classes(), Border: d.border}
	for _, c := range Checks() {
		if f := d.found[c]; f != nil && f.Count > 0 {
			r.Findings = append(r.Findings, *f)
		}
	}
	sorted := slices.Sorted(slices.Values(d.lengths))
	for _, n := range sorted {
		r.Tokens.Total += int64(n)
		bucket := 0
		for 1<<bucket < n {
			bucket++
		}
		for len(r.Histogram) <= bucket {
			r.Histogram = append(r.Histogram, 0)
		}
		r.Histogram[bucket]++
	}
	if last := len(sorted) - 1; last >= 0 {
		r.Tokens.Max, r.Tokens.P50, r.Tokens.P95 = sorted[last], sorted[last/2], sorted[last*95/100]
	}
	return r
}

// labels counts completions, which are classes if they are few.
type labels struct {
	count map[string]int
	rows  map[string][]int
	total int
	many  bool
}

const (
	maxLabels = 100 // more different completions are no classes
	perLabel  = 5   // rows that a class has at least on the average
)

// ImbalanceBy is how many times larger the largest class is than a rare one.
const ImbalanceBy = 3

func (l *labels) add(label string, row int) {
	label = strings.TrimSpace(label)
	if l.total++; l.many || label == "" {
		return
	}
	if l.count == nil {
		l.count, l.rows = map[string]int{}, map[string][]int{}
	}
	l.count[label]++
	if len(l.rows[label]) < maxRows {
		l.rows[label] = append(l.rows[label], row)
	}
	if len(l.count) > maxLabels {
		*l = labels{many: true}
	}
}

// areClasses tells whether the completions are few enough to be classes.
func (l *labels) areClasses() bool {
	return !l.many && len(l.count) >= 2 && l.total >= perLabel*len(l.count)
}

// classes are the labels, the commonest first.
func (l *labels) classes() (list []Class) {
	if !l.areClasses() {
		return nil
	}
	for label, n := range l.count {
		list = append(list, Class{label, n})
	}
	slices.SortFunc(list, func(a, b Class) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Label, b.Label)) })
	return list
}

// rare finds the rows of classes that are far smaller than the largest.
func (l *labels) rare() Finding {
	f := Finding{Check: Imbalance}
	if !l.areClasses() {
		return f
	}
	largest := 0
	for _, n := range l.count {
		largest = max(largest, n)
	}
	for label, n := range l.count {
		if n*ImbalanceBy <= largest {
			f.Count += n
			f.Rows = append(f.Rows, l.rows[label]...)
		}
	}
	slices.Sort(f.Rows)
	f.Rows = f.Rows[:min(len(f.Rows), maxRows)]
	return f
}
