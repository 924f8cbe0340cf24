package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zachin/app"
	"zachin/app/dataset"
)

// The template is shown on real rows, to the byte, and special tokens come from the model's vocabulary.
func TestDataTemplate(t *testing.T) {
	r := openData(t, map[string]string{"сказки.csv": fairyTales})
	r.put("сказки.csv")
	r.data.goTo(templateStep)
	r.mustSay("Строка 1", "Кто там?¶")
	r.fill("separator", `\nОтвет: `)
	r.fill("after", "")
	test.Tap(find(r.rig, func(b *button) bool { return b.hint().title == "После строки" }))
	r.choose("<|endoftext|>")
	r.settled()
	p := r.onDisk()
	if p.Template.Separator != "\nОтвет: " || p.Template.After != "<|endoftext|>" {
		t.Errorf("the template is %+v", p.Template)
	}
	if got := p.Template.Render(r.data.view.Samples[0].Example); got != "<s>Кто там?\nОтвет: Это я, почтальон.<|endoftext|>" {
		t.Errorf("the row is %q", got)
	}
	r.mustSay("Ответ: ", "<|endoftext|>", "токенов: "+fmt.Sprint(r.data.view.Samples[0].Tokens))

	r.until(func() bool { return len(r.lib.models) > 0 })
	r.pick("model", "Демонстрационная модель")
	if got := r.onDisk().Model; got != app.DemoName {
		t.Errorf("the tokens are those of %s", got)
	}

	r.pick("shape", "Диалог")
	r.fill("turn.user", "нет имени")
	if got := r.onDisk().Template.Turns.User; got != "нет имени" {
		t.Errorf("the pattern is %q", got)
	}
	e := r.field("turn.user")
	r.window.Canvas().Focus(e)
	e.SetText("{{кто}}")
	r.mustSay("«Реплика человека»: такое значение не подходит.")
	r.window.Canvas().Unfocus()
	r.pick("shape", "Просто текст")
	r.mustSay("Ни одной строки взять пока нельзя")
}

// The template of a data set is that of a prompt: what the model is then given are the bytes of the row.
func TestDataTemplateIsUsed(t *testing.T) {
	r := openData(t, map[string]string{"сказки.csv": fairyTales})
	r.put("сказки.csv")
	r.data.goTo(templateStep)
	r.fill("separator", `\nОтвет:`)
	p, x := r.project(), r.data.view.Samples[0].Example
	use := func() {
		test.Tap(r.button("Писать по этому шаблону"))
		r.composed()
	}
	use()
	if !r.composing() || r.composer.book.Name() != "сказки" || r.composer.view.Text != "<s>\nОтвет:" {
		t.Fatalf("%q is open, composed %q", r.composer.book.Name(), r.composer.view.Text)
	}
	r.rig.fill("запрос", x.Prompt)
	r.tapText("Вставить")
	if r.text() != p.Template.Given(x) || !slices.Equal(r.app.Settings().Params.Stop, []string{p.Template.After}) {
		t.Errorf("the document is %q, trained is %q; stops at %q", r.text(), p.Template.Render(x), r.app.Settings().Params.Stop)
	}
	r.ctrl(fyne.Key2)
	use()
	if len(r.composer.book.Own()) != 1 || r.typing("запрос").Text != x.Prompt {
		t.Errorf("opened again: %q", r.typing("запрос").Text)
	}
}

const faultyTales = "prompt;completion\nКто там?;Это я, почтальон.\nКто там?;Это я, почтальон.\nГде снег?; Во дворе. \nплохая\nЧто это?;Мoлоко\nКому?;anna@example.com\n"

// What the doctor finds stands there with examples; a mend takes it away, and undoing brings it back.
func TestDataDoctor(t *testing.T) {
	r := openData(t, map[string]string{"a.csv": faultyTales})
	r.put("a.csv")
	r.data.goTo(doctorStep)
	r.mustSay("Строк: 6, взять нельзя: 1.", "Повторы: 1 строка", "Пробелы на краях: 1 строка", "Латинские буквы в русских словах: 1 строка",
		"Мoлоко", "Молоко", "[почта]", "заучиваются наизусть", "a.csv, строка 5:")
	mends := func() (all []*button) {
		walk(r.data.page.body, func(o fyne.CanvasObject) {
			if b, ok := o.(*button); ok && b.Text == "Исправить" {
				all = append(all, b)
			}
		})
		return all
	}
	before := len(r.data.checkup.Findings) // beside them there may be a leak of the copies
	for len(mends()) > 0 {
		test.Tap(mends()[0])
		r.settled()
	}
	if p := r.onDisk(); len(p.Mends) != before || before < 4 || len(r.data.checkup.Findings) != 0 {
		t.Errorf("%d mends of %d: %v, left %v", len(p.Mends), before, p.Mends, r.data.checkup.Findings)
	}
	r.mustSay("Доктор ничего не нашёл.", "Повторы: исправлена 1 строка", "Личные данные: исправлена 1 строка")
	test.Tap(find(r.rig, func(b *button) bool {
		return b.Text == "Вернуть" && r.inCard(b, "Личные данные: исправлена 1 строка")
	}))
	r.settled()
	if p := r.onDisk(); len(p.Mends) != before-1 || !r.says("Личные данные: 1 строка") {
		t.Errorf("undone: %v", p.Mends)
	}
	r.fill("max_tokens", "5")
	r.mustSay("Слишком длинные: 4 строки")
	test.Tap(find(r.rig, func(b *button) bool {
		return b.Text == "Исправить" && r.inCard(b, "Слишком длинные: 4 строки")
	}))
	r.choose("Не брать такие строки")
	r.settled()
	r.mustSay("Слишком длинные: исправлено 4 строки")
	if p := r.onDisk(); p.LongRows != dataset.Drop || p.MaxTokens != 5 || r.data.plan.RowsOut != 0 {
		t.Errorf("long rows: %s above %d; %d are left", p.LongRows, p.MaxTokens, r.data.plan.RowsOut)
	}
	for range 2 { // the remedy, and what was typed in one go
		test.Tap(r.data.page.undo)
		r.settled()
	}
	if p := r.onDisk(); p.LongRows != dataset.Keep || p.MaxTokens != 2048 || r.field("max_tokens").Text != "2048" {
		t.Errorf("taken back: %s above %d, the field shows %s", p.LongRows, p.MaxTokens, r.field("max_tokens").Text)
	}
}

// Blocks, the mask and the steps are those of the present rows.
func TestDataTrainer(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("prompt;completion\n")
	for i := range 200 {
		fmt.Fprintf(&rows, "Вопрос %d?;Ответ %d с подробностями.\n", i, i)
	}
	r := openData(t, map[string]string{"a.csv": rows.String()})
	r.put("a.csv")
	r.data.goTo(trainerStep)
	plan := r.data.plan
	if plan.Train != 180 || plan.Blocks == 0 {
		t.Fatalf("%+v", plan)
	}
	r.mustSay(fmt.Sprintf("Целых блоков по 2048 токенов: %d.", plan.Blocks), "Блок 1, начало", "Отбрасывается, токенов: ", "Маска потерь")
	r.fill("seq_length", "64")
	r.fill("batch_size", "4")
	r.fill("train_iters", "100")
	r.fill("epochs", "2,5")
	plan = r.data.plan
	p := r.onDisk()
	if p.Training.SeqLength != 64 || plan.PerEpoch != plan.Blocks/4 || plan.Updates != 113 {
		t.Errorf("%+v, %d blocks, %d an epoch, %d updates", p.Training, plan.Blocks, plan.PerEpoch, plan.Updates)
	}
	r.mustSay(fmt.Sprintf("Шагов в эпохе — %d; эпох за 100", plan.PerEpoch), "Transformers: шагов — 113, эпох — 2,5")
	e := r.field("seq_length")
	r.window.Canvas().Focus(e)
	for _, wrong := range []string{"100", "много", ""} {
		e.SetText(wrong)
		r.mustSay("«Длина блока»: такое значение не подходит. В токенах: кратно 16")
	}
	r.window.Canvas().Unfocus()
	if e.Text != "64" || r.onDisk().Training.SeqLength != 64 {
		t.Errorf("a wrong length leaves %q", e.Text)
	}
	if err := r.data.change(func(p *dataset.Project) { p.Template.Separator = "\nОтвет: " }); err != nil {
		t.Fatal(err)
	}
	r.settled()
	r.mustSay("Разделитель сливается с началом ответа")
}

// Large sets are read whole when the person asks for it.
func TestDataLarge(t *testing.T) {
	r := openData(t, map[string]string{"a.txt": strings.Repeat(strings.Repeat("слово ", 200)+"\n", 2+atOnce/2200)})
	r.put("a.txt")
	if r.data.checkup != nil || len(r.data.view.Samples) == 0 {
		t.Fatal("a large set is read whole at once")
	}
	r.mustSay("Показано только начало: набор велик.")
	test.Tap(r.button("Прочитать все строки"))
	r.until(func() bool { return r.data.page.running.Visible() })
	r.mustSay("Проверка строк: ")
	r.settled()
	if r.data.checkup == nil || r.data.plan == nil || r.data.stale {
		t.Fatal("it was not read")
	}
	r.data.goTo(doctorStep)
	r.mustSay("Повторы: ")
	r.fill("max_tokens", "100")
	r.mustSay("Проект изменился после чтения")
}
