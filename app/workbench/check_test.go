package workbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zachin/app/dataset"
	"zachin/app/dataset/doctor"
	"zachin/app/dataset/export"
)

// faulty is a set with a fault in each of some rows, and one row that cannot be read.
const faulty = "prompt;completion\n" +
	"Кто там?;Это я, почтальон.\n" +
	"Кто там?;Это я, почтальон.\n" + // 2: a copy
	"Где снег?; Во дворе. \n" + // 3: spaces
	"плохая\n" + // 4
	"Что это?;Мoлоко\n" + // 5: a Latin o
	"Пустая?;\n" // 6

func created(t *testing.T, b *Bench, rows string) {
	t.Helper()
	if err := b.Create("demo", []string{write(t, "rows.csv", rows)}); err != nil {
		t.Fatal(err)
	}
	if err := b.Change(func(p *dataset.Project) { p.Shape = dataset.Completion }); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, b *Bench) Checkup {
	t.Helper()
	c, err := b.Check(t.Context(), b.Project(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c Checkup) finding(check doctor.Check) []int {
	for _, f := range c.Findings {
		if f.Check == check {
			return f.Rows
		}
	}
	return nil
}

// Every finding has its rows and an excerpt with the mend; with the mend on it is gone and counted, and without it back again.
func TestCheckMendUndo(t *testing.T) {
	b := newBench(t)
	created(t, b, faulty)
	before := check(t, b)
	want := map[doctor.Check][]int{doctor.Duplicate: {2}, doctor.EdgeSpace: {3}, doctor.LatinLookalike: {5}, doctor.Empty: {6}}
	for c, rows := range want {
		if got := before.finding(c); !slices.Equal(got, rows) {
			t.Errorf("%s: rows %v, want %v", c, got, rows)
		}
	}
	if before.All != 6 || before.Rows != 5 || before.Bad != 1 || before.Rejected[0].Line != 5 {
		t.Errorf("%d rows of %d, %d bad: %v", before.Rows, before.All, before.Bad, before.Rejected)
	}
	if f := before.Faults[doctor.LatinLookalike]; len(f) != 1 || f[0].Line != 6 || !strings.Contains(f[0].Text, "Мoлоко") || !strings.Contains(f[0].Mended, "Молоко") {
		t.Errorf("shown as %+v", f)
	}
	bad, good := before.Faults[doctor.LatinLookalike][0].Parts()
	if len(bad) != 3 || bad[1] != (Part{Text: "o", Changed: true}) || good[1] != (Part{Text: "о", Changed: true}) || bad[0].Text+good[1].Text+bad[2].Text != before.Faults[doctor.LatinLookalike][0].Mended {
		t.Errorf("marked as %+v, %+v", bad, good)
	}
	if f := before.Faults[doctor.Empty]; len(f) != 1 || f[0].Mended != "" {
		t.Errorf("an empty row is mended to %+v", f)
	}

	mend := func(names ...string) Checkup {
		if err := b.Change(func(p *dataset.Project) { p.Mends = names }); err != nil {
			t.Fatal(err)
		}
		return check(t, b)
	}
	after := mend("empty", "duplicate", "edge_space", "latin_lookalike")
	for c := range want {
		if rows := after.finding(c); rows != nil || after.Mended[c] != 1 {
			t.Errorf("%s: mended %d, still in %v", c, after.Mended[c], rows)
		}
	}
	if after.Rows != 3 {
		t.Errorf("%d rows are left", after.Rows)
	}
	if undone := mend(); fmt.Sprint(undone) != fmt.Sprint(before) {
		t.Errorf("undone it is %+v, not %+v", undone, before)
	}
}

// The plan tells the very files, rows, tokens and hashes that Build then writes, and the blocks that the trainer cuts of them.
func TestPlanIsTrue(t *testing.T) {
	b := newBench(t)
	rows := "prompt;completion\n"
	for i := range 400 {
		rows += fmt.Sprintf("Вопрос номер %d?;Ответ номер %d, длинный, с подробностями и оговорками.\n", i, i*i)
	}
	created(t, b, rows)
	err := b.Change(func(p *dataset.Project) {
		p.Training.SeqLength, p.Training.TrainIters = 128, 1000
		p.Export = dataset.Export{Original: true, JSONL: dataset.PromptCompletion, CSV: true, ShardBytes: 20_000}
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := b.Measure(t.Context(), b.Project(), nil)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	m, err := b.Build(t.Context(), b.Project(), out, nil)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Train != m.Train || plan.Valid != m.Valid || plan.RowsIn != m.RowsIn || plan.RowsOut != m.RowsOut {
		t.Errorf("planned %+v, built %+v", plan.Manifest, m)
	}
	for _, f := range plan.Files {
		if !slices.Contains(m.Files, f) {
			t.Errorf("%+v is planned, and not built", f)
		}
	}
	tok, err := b.Tokenizer(b.Project())
	if err != nil {
		t.Fatal(err)
	}
	var blocks, dropped int64
	var first string
	for _, f := range m.Files {
		if !strings.HasPrefix(f.Path, "original/train") || !strings.HasSuffix(f.Path, ".txt") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(out, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		ids := tok.Encode(string(text))
		blocks += int64(len(ids) / 128)
		dropped += int64(len(ids) % 128)
		if first == "" {
			first = tok.Decode(ids[:128])
		}
	}
	if plan.Blocks != blocks || plan.Dropped != dropped || blocks < 10 {
		t.Errorf("planned %d blocks, %d dropped; there are %d, %d", plan.Blocks, plan.Dropped, blocks, dropped)
	}
	shown := ""
	for _, part := range plan.First[0] {
		shown += part.Text
	}
	if shown != first || len(plan.First) != 3 || len(plan.Rest) == 0 {
		t.Errorf("the first block is %q, shown as %q", first, shown)
	}
	if plan.PerEpoch != blocks/2 || plan.Epochs != 2000/float64(blocks) || plan.Updates != int64((m.Train+1)/2) {
		t.Errorf("%d steps an epoch, %v epochs, %d updates", plan.PerEpoch, plan.Epochs, plan.Updates)
	}
}

// Long work ends with its context, and leaves nothing.
func TestCancelled(t *testing.T) {
	b := newBench(t)
	created(t, b, faulty)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	p, out := b.Project(), filepath.Join(t.TempDir(), "out")
	_, checked := b.Check(ctx, p, nil)
	_, measured := b.Measure(ctx, p, nil)
	_, looked := b.Look(ctx, p)
	_, built := b.Build(ctx, p, out, nil)
	for _, err := range []error{checked, measured, looked, built} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("it ends with %v", err)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a build that was stopped leaves a folder")
	}
	var place *export.PlaceError
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "дневник.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Build(t.Context(), p, out, nil); !errors.As(err, &place) {
		t.Errorf("a folder with somebody's file: %v", err)
	}
}

// Rows on both sides of the split are told of, and strata are counted as they are split.
func TestPlanOfSplit(t *testing.T) {
	b := newBench(t)
	rows := "prompt;completion;тема\n"
	for i := range 100 {
		rows += fmt.Sprintf("Вопрос %d?;Ответ.;%s\n", i%50, []string{"а", "а", "а", "б"}[i%4]) // each twice
	}
	created(t, b, rows)
	measure := func(split dataset.Split) Plan {
		if err := b.Change(func(p *dataset.Project) { p.Split = split }); err != nil {
			t.Fatal(err)
		}
		plan, err := b.Measure(t.Context(), b.Project(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	plan := measure(dataset.Split{Validation: 0.2, Seed: 3, Stratify: "тема"})
	if want := []export.Stratum{{Name: "а", Train: 60, Valid: 15}, {Name: "б", Train: 20, Valid: 5}}; !slices.Equal(plan.Strata, want) {
		t.Errorf("strata %+v, want %+v", plan.Strata, want)
	}
	if plan.Leak.Count == 0 || plan.Leak.Count != len(plan.Leak.Rows) || plan.Leak.Count > 20 {
		t.Errorf("leaks: %+v", plan.Leak)
	}
	if plan := measure(dataset.Split{Validation: 0.2, Seed: 3, Group: "prompt"}); plan.Leak.Count != 0 || plan.Valid != 20 || plan.Strata != nil {
		t.Errorf("grouped: %d leaks, %d for validation", plan.Leak.Count, plan.Valid)
	}
}

// Each remark comes with its cause and goes with it.
func TestRemarks(t *testing.T) {
	b := newBench(t)
	rows := "prompt;completion\n"
	for i := range 60 {
		rows += fmt.Sprintf("Вопрос %d?;Ответ %d.\n", i, i*i*7)
	}
	created(t, b, rows)
	remarks := func(change func(p *dataset.Project)) []Remark {
		t.Helper()
		before := b.Project()
		defer func() {
			if err := b.Change(func(p *dataset.Project) { *p = *before }); err != nil {
				t.Error(err)
			}
		}()
		if err := b.Change(change); err != nil {
			t.Fatal(err)
		}
		p := b.Project()
		c, err := b.Check(t.Context(), p, nil)
		plan, err2 := b.Measure(t.Context(), p, nil)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		return Remarks(p, &c, &plan)
	}
	if err := b.Change(func(p *dataset.Project) { p.Training.SeqLength, p.Training.TrainIters = 16, 100 }); err != nil {
		t.Fatal(err)
	}
	if got := remarks(func(*dataset.Project) {}); len(got) > 0 {
		t.Errorf("a sound project has remarks: %v", got)
	}
	transformers := func(p *dataset.Project) {
		p.Export.JSONL, p.Export.Transformers = dataset.PromptCompletion, dataset.LoRA
	}
	for want, change := range map[Remark]func(p *dataset.Project){
		NoBlocks:     func(p *dataset.Project) { p.Training.SeqLength = 2048 },
		FewBlocks:    func(p *dataset.Project) { p.Training.BatchSize, p.Training.TrainIters = 1000, 1 },
		ManyEpochs:   func(p *dataset.Project) { p.Training.TrainIters = 20_000 },
		NoValidation: func(p *dataset.Project) { p.Split.Validation = 0 },
		LongRows: func(p *dataset.Project) {
			transformers(p)
			p.MaxTokens = 5
		},
		NoPrompts: func(p *dataset.Project) {
			transformers(p)
			p.Export.JSONL = dataset.TextLines
		},
		NoEnd: func(p *dataset.Project) { p.Template.After = "" },
		MeltingBorder: func(p *dataset.Project) {
			transformers(p)
			p.Template.Separator = "\nОтвет: "
		},
		Leaking: func(p *dataset.Project) { p.Sources = append(p.Sources, p.Sources[0]) },
	} {
		if got := remarks(change); !slices.Equal(got, []Remark{want}) {
			t.Errorf("%s: remarks are %v", want, got)
		}
	}
}

// Each finding has remedies; after each the finding is gone, what was done is told, and taking it back restores the project and what
// is said of it.
func TestRemedies(t *testing.T) {
	b := newBench(t)
	rows := "prompt;completion\nКраткость?;" + strings.Repeat("Долгое слово, ", 40) + "\n"
	for i := range 60 {
		answer := "да"
		if i%20 == 0 {
			answer = "нет"
		}
		rows += fmt.Sprintf("Верно ли утверждение %d из списка утверждений?;%s\n", i, answer)
	}
	rows += strings.Repeat("Где зимует старый пёс?;да\n", 10)
	created(t, b, rows)
	err := b.Change(func(p *dataset.Project) {
		p.Template.Separator, p.MaxTokens, p.Split.Validation = "\nОтвет: ", 60, 0.5
	})
	if err != nil {
		t.Fatal(err)
	}
	look := func() (c Checkup, counts map[doctor.Check]int) {
		c = check(t, b)
		plan, err := b.Measure(t.Context(), b.Project(), nil)
		if err != nil {
			t.Fatal(err)
		}
		counts = map[doctor.Check]int{}
		for _, f := range append(slices.Clone(c.Findings), c.Border, plan.Leak) {
			counts[f.Check] = f.Count
		}
		return c, counts
	}
	before, counts := look()
	for found, names := range map[doctor.Check][]string{
		doctor.TooLong: {"split", "truncate_left", "truncate_right", "drop"}, doctor.Leak: {"together", "drop_copies"},
		doctor.Imbalance: {"limit"}, doctor.Border: {"border"}, doctor.Duplicate: {"mend"}, doctor.EdgeSpace: {"mend"},
	} {
		if counts[found] == 0 {
			t.Errorf("%s is not found: %v", found, counts)
			continue
		}
		var offered []string
		for _, r := range before.Remedies(found) {
			offered = append(offered, r.Name)
			project := fmt.Sprint(b.Project())
			if err := b.Change(r.Apply); err != nil {
				t.Fatal(err)
			}
			after, left := look()
			done := AppliedTo(b.Project())
			if left[found] > 0 && r.Name != "truncate_left" { // this prompt has too little to be cut off
				t.Errorf("%s by %s: %d are left of %d", found, r.Name, left[found], counts[found])
			}
			switch {
			case found == doctor.Border: // the template shows it
			case len(done) != 1 || after.Mended[done[0].Check] == 0 && r.Name != "together":
				t.Errorf("%s by %s: told as %v, %v", found, r.Name, done, after.Mended)
			default:
				if err := b.Change(done[0].Undo); err != nil || len(AppliedTo(b.Project())) > 0 {
					t.Errorf("%s by %s cannot be taken back: %v", found, r.Name, err)
				}
				b.Undo()
			}
			if b.Undo(); fmt.Sprint(b.Project()) != project {
				t.Errorf("%s by %s: undone the project is %+v, was %s", found, r.Name, b.Project(), project)
			}
		}
		if !slices.Equal(offered, names) {
			t.Errorf("%s: remedies %q, want %q", found, offered, names)
		}
	}
	if again, _ := look(); fmt.Sprint(again) != fmt.Sprint(before) {
		t.Errorf("undone it is %+v, not %+v", again, before)
	}
}

// A change is taken back as a whole: what was typed in one go too, and by another project nothing is.
func TestUndo(t *testing.T) {
	b := newBench(t)
	created(t, b, faulty)
	first := b.Project().Template.After
	for _, step := range []struct {
		change func(func(p *dataset.Project)) error
		text   string
	}{{b.Change, "к"}, {b.Amend, "ко"}, {b.Amend, "конец"}, {b.Change, "end"}} {
		if err := step.change(func(p *dataset.Project) { p.Template.After = step.text }); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"конец", first} {
		if b.Undo(); b.Project().Template.After != want {
			t.Errorf("undone, rows end with %q, want %q", b.Project().Template.After, want)
		}
	}
	b.Close()
	if p, err := dataset.OpenProject(b.Path()); err != nil || p.Template.After != first {
		t.Errorf("the file has %+v, %v", p, err)
	}
	if err := b.Open(b.Path()); err != nil || b.CanUndo() {
		t.Errorf("a project that was just opened has changes to take back: %v", err)
	}
}
