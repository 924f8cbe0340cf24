package dataset

// Answers are a person's answers to the questions of whether to fine-tune at all. The first four are the cases in which the
// model's card recommends it.
type Answers struct {
	UnseenFormat  bool // the data have a format that the model cannot have met
	NewTask       bool // the task needs strong generalisation and was hardly in the training data
	RareKnowledge bool // the knowledge is rare on the internet
	FewShotFailed bool // every few-shot format was tried, and none worked
	Balanced      bool // the few-shot examples have as many of each class
	OrdersTried   bool // the examples were tried in several orders
	BorderChecked bool // no space stands before the answer, and the separator is the same everywhere
	Examples      int  // rows that there are to train on
}

// Advice is a recommendation. Its parts are keys of the translations.
type Advice struct {
	FineTune bool
	Reasons  []string // for FineTune, or against it
	First    []string // what to try before: it costs minutes, not hours
}

// fewRows is where fine-tuning of this model is likelier to spoil it than to teach it.
const fewRows = 100

// Question is one of the questionnaire, for a form: the key of its words and where its answer goes.
type Question struct {
	Key    string
	Answer func(a *Answers) *bool
}

// Cases is how many of the first questions are the card's cases; the others are few-shot checks.
const Cases = 4

// Questions returns the questionnaire: the card's four cases, then the few-shot checks.
func Questions() []Question {
	return []Question{
		{"notice.advice.ask.unseen_format", func(a *Answers) *bool { return &a.UnseenFormat }},
		{"notice.advice.ask.new_task", func(a *Answers) *bool { return &a.NewTask }},
		{"notice.advice.ask.rare_knowledge", func(a *Answers) *bool { return &a.RareKnowledge }},
		{"notice.advice.ask.few_shot_failed", func(a *Answers) *bool { return &a.FewShotFailed }},
		{"notice.advice.ask.balanced", func(a *Answers) *bool { return &a.Balanced }},
		{"notice.advice.ask.orders_tried", func(a *Answers) *bool { return &a.OrdersTried }},
		{"notice.advice.ask.border_checked", func(a *Answers) *bool { return &a.BorderChecked }},
	}
}

// Advise recommends fine-tuning in the card's cases. What is known of few-shot prompts comes before it: their quality depends
// strongly on the balance of classes and on the order of examples, so that "none worked" means little until both were tried.
func Advise(a Answers) Advice {
	var advice Advice
	add := func(list *[]string, when bool, key string) {
		if when {
			*list = append(*list, key)
		}
	}
	add(&advice.Reasons, a.UnseenFormat, "notice.advice.unseen_format")
	add(&advice.Reasons, a.NewTask, "notice.advice.new_task")
	add(&advice.Reasons, a.RareKnowledge, "notice.advice.rare_knowledge")
	add(&advice.Reasons, a.FewShotFailed, "notice.advice.few_shot_failed")
	advice.FineTune = len(advice.Reasons) > 0
	add(&advice.Reasons, !advice.FineTune, "notice.advice.no_case")
	add(&advice.First, !a.Balanced, "notice.advice.balance")
	add(&advice.First, !a.OrdersTried, "notice.advice.orders")
	add(&advice.First, !a.BorderChecked, "notice.advice.border")
	onlyFailure := a.FewShotFailed && !a.UnseenFormat && !a.NewTask && !a.RareKnowledge
	if onlyFailure && len(advice.First) > 0 {
		advice.FineTune = false // the failure may have been the prompt's
		add(&advice.Reasons, true, "notice.advice.try_first")
	}
	if advice.FineTune && a.Examples < fewRows {
		advice.FineTune = false
		add(&advice.Reasons, true, "notice.advice.few_rows")
	}
	return advice
}
