package prompt

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// words stands for a tokenizer.
func words(text string) int { return len(strings.Fields(text)) }

func TestFewShot(t *testing.T) {
	l := Layout{Intro: "Ответь.\n", Before: "В: ", Separator: "\nО: ", After: ".", Between: "\n\n"}
	examples := []Example{{"дважды два", "четыре"}, {"столица Франции", "Париж"}}
	if got := l.Build(nil, "год"); got != "Ответь.\nВ: год\nО: " || !EndsInSpace(got) {
		t.Errorf("zero-shot: %q", got)
	}
	mended := l.SpaceToLead()
	want := "Ответь.\nВ: дважды два\nО: четыре.\n\nВ: год\nО:"
	if got := mended.Build(examples[:1], "год"); got != want || EndsInSpace(got) {
		t.Errorf("one-shot: %q, want %q", got, want)
	}
	if !strings.HasPrefix(l.Build(examples, "год"), mended.Build(examples, "год")) {
		t.Error("mending the space has changed the examples")
	}
	for _, ready := range Layouts() {
		if EndsInSpace(ready.Build(nil, "x")) {
			t.Errorf("%+v ends in a space", ready)
		}
	}
}

func TestFit(t *testing.T) {
	l := Layout{Before: "В: ", Separator: " О:", Lead: " ", Between: "\n"}
	examples := []Example{{"один два", "три"}, {"четыре", "пять"}, {"шесть", "семь"}}
	for _, c := range []struct {
		context, reply, used, tokens int
		fits                         bool
	}{
		{100, 10, 3, 16, true},
		{16, 0, 3, 16, true},
		{16, 1, 2, 12, true},
		{8, 0, 1, 8, true},
		{7, 0, 0, 3, true},
		{3, 1, 0, 3, false},
	} {
		f := l.Fit(examples, "вопрос", words, c.context, c.reply)
		if f.Used != c.used || f.Tokens != c.tokens || f.Fits != c.fits || len(f.Costs) != f.Used || words(f.Text) != f.Tokens {
			t.Errorf("%+v: %+v", c, f)
		}
		if f.Used > 1 && !slices.Equal(f.Costs[:2], []int{5, 4}) {
			t.Errorf("costs %v", f.Costs)
		}
	}
}

func labelled(counts map[string]int) (examples []Example) {
	for _, output := range []string{"а", "б", "в"} {
		for i := range counts[output] {
			examples = append(examples, Example{fmt.Sprint(output, i), output})
		}
	}
	return examples
}

func TestChoose(t *testing.T) {
	examples := labelled(map[string]int{"а": 6, "б": 3, "в": 1})
	if got := Classes(examples); !reflect.DeepEqual(got, []Class{{"а", 6}, {"б", 3}, {"в", 1}}) {
		t.Errorf("classes %v", got)
	}
	for _, c := range []struct {
		order Order
		n     int
		want  []Class
	}{
		{AsGiven, 3, []Class{{"а", 3}}},
		{AsGiven, 99, []Class{{"а", 6}, {"б", 3}, {"в", 1}}},
		{Even, 99, []Class{{"а", 1}, {"б", 1}, {"в", 1}}},
		{Even, 2, []Class{{"а", 1}, {"б", 1}}},
		{Stratified, 5, []Class{{"а", 3}, {"б", 2}}},
		{Stratified, 10, []Class{{"а", 6}, {"б", 3}, {"в", 1}}},
		{Stratified, 0, nil},
	} {
		got := Pick(examples, Choose(examples, c.order, c.n, 1))
		if classes := Classes(got); !reflect.DeepEqual(classes, c.want) {
			t.Errorf("%d %s: %v, want %v", c.n, c.order, classes, c.want)
		}
	}
	even := labelled(map[string]int{"а": 6, "б": 4})
	if got := Classes(Pick(even, Choose(even, Even, 5, 1))); !reflect.DeepEqual(got, []Class{{"а", 2}, {"б", 2}}) {
		t.Errorf("balanced among 5: %v", got)
	}
	if turns := Pick(examples, Choose(examples, Stratified, 10, 1)); turns[0].Output != "а" || turns[1].Output != "б" || turns[2].Output != "в" {
		t.Errorf("the classes do not take turns: %v", turns)
	}
	for _, order := range Orders() {
		chosen := Choose(examples, order, 10, 3)
		sorted := slices.Clone(chosen)
		slices.Sort(sorted)
		if len(slices.Compact(sorted)) != len(chosen) {
			t.Errorf("%s takes an example twice: %v", order, chosen)
		}
		if !slices.Equal(chosen, Choose(examples, order, 10, 3)) {
			t.Errorf("%s: the seed does not decide", order)
		}
		if order != AsGiven && slices.Equal(chosen, Choose(examples, order, 10, 4)) {
			t.Errorf("%s: the seed does nothing", order)
		}
		if Choose(nil, order, 3, 1) != nil {
			t.Errorf("%s chooses from nothing", order)
		}
	}
}

func TestAlike(t *testing.T) {
	examples := []Example{
		{"Ёлка стояла у окна, и снег падал", "зима"},
		{"елка  стояла у окна и снег падал!", "лето"},
		{"Ёлка стояла у окна, и снег падает", "зима"},
		{"Море было тёплым", "лето"},
		{"", "пусто"},
	}
	want := []Likeness{{0, 1, true, true}, {0, 2, false, false}, {1, 2, false, true}}
	if got := Alike(examples); !reflect.DeepEqual(got, want) {
		t.Errorf("alike: %+v, want %+v", got, want)
	}
}
