package ui

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/app/dataset"
	"zachin/app/dataset/export"
)

// manyTales are rows enough to split, each with one of two themes.
func manyTales(rows int) string {
	var b strings.Builder
	b.WriteString("вопрос;ответ;тема\n")
	for i := range rows {
		fmt.Fprintf(&b, "Вопрос %d?;Ответ %d с подробностями.;%s\n", i, i*i, []string{"лес", "лес", "зима"}[i%3])
	}
	return b.String()
}

// The split follows its fields, and says what leaks.
func TestDataSplit(t *testing.T) {
	r := openData(t, map[string]string{"a.csv": manyTales(90)})
	r.put("a.csv")
	r.data.goTo(splitStep)
	r.mustSay("Для обучения строк: 81, для проверки: 9.", "Утечки нет")
	r.fill("validation", "0,2")
	r.fill("split_seed", "42")
	r.pick("stratify", "тема")
	if p := r.onDisk(); p.Split != (dataset.Split{Validation: 0.2, Seed: 42, Stratify: "тема"}) {
		t.Errorf("the split is %+v", p.Split)
	}
	r.mustSay("Для обучения строк: 72, для проверки: 18.", "зима")
	r.rewrite(manyTales(90) + manyTales(90)[strings.Index(manyTales(90), "\n")+1:])
	r.mustSay("Утечка: ")
	test.Tap(r.button("Исправить"))
	r.choose("Держать копии на одной стороне")
	r.settled()
	r.mustSay("Утечки нет")
	test.Tap(find(r.rig, func(c *check) bool { return c.Text == "Не разлучать копии" }))
	r.settled()
	r.mustSay("Утечка: ")
	r.pick("group", "вопрос")
	r.mustSay("Утечки нет")
	e := r.field("validation")
	r.window.Canvas().Focus(e)
	e.SetText("1")
	r.mustSay("«Доля для проверки»: такое значение не подходит.")
	r.window.Canvas().Unfocus()
}

// rewrite changes the file of the project, as somebody else would, and has it read again.
func (r *dataRig) rewrite(rows string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, "a.csv"), []byte(rows), 0o644); err != nil {
		r.t.Fatal(err)
	}
	r.data.changed()
	r.settled()
}

// The form sets every option of the scripts, and refuses what does not fit together; the files are those that the command line
// makes of the same project.
func TestDataExport(t *testing.T) {
	r := openData(t, map[string]string{"a.csv": manyTales(90)})
	r.put("a.csv")
	r.data.goTo(exportStep)
	r.mustSay("Токенов меньше одного блока: исходный обучатель не увидит ничего.")
	for id, text := range map[string]string{
		"train_iters": "40", "seq_length": "128", "batch_size": "4", "accumulation": "2", "gpus": "2", "lr": "0,0002", "warmup": "0,01", "weight_decay": "0,1",
		"save_interval": "20", "log_interval": "10", "max_files_per_process": "5", "cache_prefix": "p7", "load": "/модели/xl", "save": "итог", "shards": "0,005",
	} {
		r.fill(id, text)
	}
	r.pick("lr_decay_style", "cosine")
	r.pick("jsonl", "prompt и completion")
	r.pick("transformers", "LoRA: обучать добавку")
	for id, text := range map[string]string{"transformers_load": "a/b", "epochs": "3", "lora_rank": "8", "lora_alpha": "16", "lora_dropout": "0,1"} {
		r.fill(id, text)
	}
	hosts := r.field("hosts")
	r.window.Canvas().Focus(hosts)
	hosts.SetText("gpu1 8\ngpu2 4\n")
	r.window.Canvas().Unfocus()
	for _, id := range []string{"csv", "checkpointing", "completion_only"} {
		test.Tap(find(r.rig, func(c *check) bool { return c.Text == r.words.T("ui.data."+id) }))
	}
	r.settled()
	want := dataset.Training{
		Load: "/модели/xl", TransformersLoad: "a/b", Save: "итог", BatchSize: 4, SeqLength: 128, TrainIters: 40, LR: 2e-4, Warmup: 0.01, LRDecayStyle: "cosine",
		WeightDecay: 0.1, SaveInterval: 20, LogInterval: 10, MaxFilesPerProcess: 5, CachePrefix: "p7", GPUs: 2, Epochs: 3, Accumulation: 2,
		LoRARank: 8, LoRAAlpha: 16, LoRADropout: 0.1, Hosts: []dataset.Host{{Name: "gpu1", GPUs: 8}, {Name: "gpu2", GPUs: 4}},
	}
	p := r.onDisk()
	if fmt.Sprint(p.Training) != fmt.Sprint(want) {
		t.Errorf("the options are\n%+v, not\n%+v", p.Training, want)
	}
	if p.Export != (dataset.Export{Original: true, JSONL: "prompt_completion", CSV: true, Transformers: dataset.LoRA, ShardBytes: 5000}) {
		t.Errorf("exports %+v", p.Export)
	}
	r.pick("lr_decay_style", "exponential")
	r.mustSay("У Transformers нет экспоненциального спада")
	r.pick("jsonl", "не нужно")
	r.mustSay("Скрипту для Transformers нужны файлы JSON Lines")
	if r.onDisk().Export.JSONL != dataset.PromptCompletion {
		t.Error("a refused choice holds")
	}

	r.fillOut(filepath.Join(r.dir, "файлы"))
	test.Tap(r.button("Выгрузить"))
	if r.data.page.running.Hidden {
		t.Error("writing shows no progress")
	}
	r.settled()
	r.mustSay("Файлы записаны в", "original/train.txt", "original/hostfile", "transformers/train.py", "Прочитано строк: 90;")
	beside := filepath.Join(r.dir, "ещё раз")
	tok, err := r.data.bench.Tokenizer(p)
	if err != nil {
		t.Fatal(err)
	}
	m, err := export.Build(t.Context(), r.onDisk(), tok, beside, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(m.Files, export.File{Path: "manifest.json"}) {
		here, err := os.ReadFile(filepath.Join(r.dir, "файлы", f.Path))
		there, err2 := os.ReadFile(filepath.Join(beside, f.Path))
		if err != nil || err2 != nil || !bytes.Equal(here, there) {
			t.Errorf("%s differs from what the command line makes: %v, %v", f.Path, err, err2)
		}
	}
	if len(m.Files) < 10 {
		t.Errorf("only %d files", len(m.Files))
	}
}

// fillOut types the folder for the files.
func (r *dataRig) fillOut(folder string) {
	r.t.Helper()
	find(r.rig, func(e *entry) bool { return e.hint().title == r.words.T("ui.data.out.hint") }).SetText(folder)
}

// Writing is not disturbed by changes, is told in the other places, stopped by its button there, and leaves what was there.
func TestDataExportStops(t *testing.T) {
	r := openData(t, map[string]string{"a.csv": manyTales(40_000)})
	r.put("a.csv")
	r.data.goTo(exportStep)
	folder := filepath.Join(r.dir, "файлы")
	r.fillOut(folder)
	test.Tap(r.button("Выгрузить"))
	if err := r.data.change(func(p *dataset.Project) { p.Split.Seed = 9 }); err != nil || !r.data.building() {
		t.Fatal("a change ends the writing", err)
	}
	r.goTo(textPlace)
	if r.strip.noteText.Text != "Запись файлов: 0 %" {
		t.Errorf("elsewhere it says %q", r.strip.noteText.Text)
	}
	test.Tap(r.strip.noteAct)
	if !strings.Contains(r.strip.noteText.Text, "Выгрузка остановлена") || r.data.building() {
		t.Errorf("stopped, it says %q", r.strip.noteText.Text)
	}
	r.settled() // the change is read
	if _, err := os.Stat(folder); err == nil {
		t.Error("it leaves a folder")
	}
	r.goTo(dataPlace)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "дневник.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	test.Tap(r.button("Выгрузить"))
	r.settled()
	if r.note.kind != failure || !strings.Contains(r.note.text, "дневник.txt") {
		t.Errorf("a folder with somebody's file: %q", r.note.text)
	}
}

// The questionnaire recommends by the card's cases and what was checked; it needs no project, and keeps its answers.
func TestDataAdvisor(t *testing.T) {
	r := openData(t, map[string]string{"a.csv": manyTales(300)})
	r.data.goTo(advisorStep)
	r.mustSay("Дообучать пока не стоит", "Ни один из четырёх случаев", "Сначала попробуйте")
	answer := func(key string) {
		test.Tap(find(r.rig, func(c *check) bool { return c.hint().title == r.words.T(key) }))
	}
	answer("notice.advice.ask.unseen_format")
	r.mustSay("Дообучать пока не стоит", "Строк меньше ста")
	rows := find(r.rig, func(e *entry) bool { return e.hint().title == r.words.T("ui.data.advice.rows.hint") })
	rows.SetText("5000")
	r.mustSay("Дообучать стоит", "Формат для модели новый")
	for _, key := range []string{"balanced", "orders_tried", "border_checked"} {
		answer("notice.advice.ask." + key)
	}
	if r.says("Сначала попробуйте") {
		t.Error("what was checked is to be tried still")
	}
	r.put("a.csv")
	r.data.goTo(advisorStep)
	r.mustSay("Дообучать стоит")
	if r.data.answers.Examples != 300 {
		t.Errorf("%d rows", r.data.answers.Examples)
	}
}

// Every step has its words in both languages, also those that come and go.
func TestDataHasWords(t *testing.T) {
	for _, language := range []string{"ru", "en"} {
		r := openData(t, map[string]string{"a.csv": faultyTales})
		r.set(func(s *app.Settings) { s.Language = language })
		r.put("a.csv")
		looked := 0
		for _, shape := range []dataset.Shape{dataset.PlainText, dataset.Completion, dataset.Dialog, dataset.Classification} {
			if err := r.data.change(func(p *dataset.Project) { p.Shape = shape }); err != nil {
				t.Fatal(err)
			}
			r.settled()
			for _, s := range dataSteps() {
				r.data.goTo(s.id)
				for _, text := range r.labels() {
					looked++
					if strings.HasPrefix(text, "ui.") || strings.HasPrefix(text, "notice.") || strings.Contains(text, "<no value>") {
						t.Errorf("%s, %s: %q", language, s.id, text)
					}
				}
			}
		}
		if looked < 1000 {
			t.Errorf("only %d texts looked at", looked)
		}
		r.close()
	}
}
